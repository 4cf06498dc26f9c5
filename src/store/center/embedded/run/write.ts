/** Writes a run: rows of one type in the total order, column by column, with no object made for a row. */
import { assert } from '../../../../base/assert.ts'
import type { EventPlan } from '../../../../model/plan.ts'
import type { Column, Ids } from '../../../../model/table.ts'
import type { Disk } from '../../../disk/port.ts'
import type { Breath } from '../breath.ts'
import { leavesOf } from '../leaves.ts'
import { columnPart } from './column-parts.ts'
import { createRunFile } from './file.ts'
import type { ColumnPart, RunFooter } from './footer.ts'
import { idPart } from './id-parts.ts'
import { wholeScales } from './numbers.ts'
import { gather, numberPart, type RunOutput, type Slice, type StampInput, stampPart } from './parts.ts'

export interface RowsInput {
  readonly type: string
  readonly plan: EventPlan
  readonly time: Float64Array
  readonly seq: Float64Array
  readonly ids: Ids
  readonly recordedAt: StampInput
  readonly knownAt: StampInput
  readonly version: StampInput
  /** A column for each leaf. Dictionaries sorted by bytes and without repeated texts are written faster. */
  readonly columns: ReadonlyMap<string, Column>
}

export interface WrittenRun {
  readonly bytes: number
  readonly footer: RunFooter
}

export interface RunPlace {
  readonly disk: Disk
  readonly path: string
  readonly breathe: Breath
}

/** In steps: what is written must stand as it is until the end. */
export const writeRun = async ({ disk, path, breathe }: RunPlace, input: RowsInput, slice: Slice): Promise<WrittenRun> => {
  assert(slice.to > slice.from, 'a run has rows')
  const file = createRunFile(disk, path, breathe)
  try {
    const footer = await layOut({ file, breathe }, input, slice)
    return { footer, bytes: await file.finish(footer) }
  } catch (error) {
    file.abandon()
    throw error
  }
}

const layOut = async (out: RunOutput, input: RowsInput, slice: Slice): Promise<RunFooter> => {
  const { plan } = input
  const { file } = out
  const time = gather(input.time, slice)
  const seq = gather(input.seq, slice)
  const columns: [string, ColumnPart][] = []
  for (const leaf of leavesOf(plan.data)) {
    const column = input.columns.get(leaf.path)
    assert(column !== undefined, `the column ${leaf.path} is there`)
    columns.push([leaf.path, await columnPart(out, column, slice, { leaf, time, seq, subject: plan.subject })])
  }
  return {
    type: input.type,
    rows: time.length,
    minTime: time[0]!,
    maxTime: time.at(-1)!,
    schema: plan.data,
    subject: plan.subject,
    time: await numberPart(file, time, wholeScales),
    seq: await numberPart(file, seq, wholeScales),
    ids: await idPart(out, input.ids, slice, seq),
    recordedAt: await stampPart(file, input.recordedAt, slice),
    knownAt: await stampPart(file, knownInput(input), slice, time),
    version: await stampPart(file, input.version, slice),
    columns: Object.fromEntries(columns),
  }
}

/** Known when recorded, which most live events are: stored once. */
const knownInput = ({ knownAt, recordedAt }: RowsInput): StampInput => {
  if (!(knownAt instanceof Float64Array) || !(recordedAt instanceof Float64Array)) return knownAt
  return knownAt.every((stamp, i) => stamp === recordedAt[i]) ? 'recorded' : knownAt
}
