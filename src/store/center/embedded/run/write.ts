/** Writes a run: rows of one type in the total order, column by column, with no object made for a row. */
import { assert } from '../../../../base/assert.ts'
import type { EventPlan } from '../../../../model/plan.ts'
import type { Column, Ids } from '../../../../model/table.ts'
import type { Disk } from '../../../disk/port.ts'
import { leavesOf } from '../leaves.ts'
import { columnPart } from './column-parts.ts'
import { createRunFile, type RunFileWriter } from './file.ts'
import type { RunFooter } from './footer.ts'
import { idPart } from './id-parts.ts'
import { wholeScales } from './numbers.ts'
import { gather, numberPart, type Slice, type StampInput, stampPart } from './parts.ts'

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

export const writeRun = async (disk: Disk, path: string, input: RowsInput, slice: Slice): Promise<WrittenRun> => {
  assert(slice.to > slice.from, 'a run has rows')
  const file = createRunFile(disk, path)
  try {
    const footer = layOut(file, input, slice)
    return { footer, bytes: await file.finish(footer) }
  } catch (error) {
    file.abandon()
    throw error
  }
}

const layOut = (file: RunFileWriter, input: RowsInput, slice: Slice): RunFooter => {
  const { plan } = input
  const time = gather(input.time, slice)
  const seq = gather(input.seq, slice)
  const columns = leavesOf(plan.data).map((leaf) => {
    const column = input.columns.get(leaf.path)
    assert(column !== undefined, `the column ${leaf.path} is there`)
    return [leaf.path, columnPart(file, leaf, column, slice, { time, seq, subject: plan.subject })] as const
  })
  return {
    type: input.type,
    rows: time.length,
    minTime: time[0]!,
    maxTime: time.at(-1)!,
    schema: plan.data,
    subject: plan.subject,
    time: numberPart(file, time, wholeScales),
    seq: numberPart(file, seq, wholeScales),
    ids: idPart(file, input.ids, slice, seq),
    recordedAt: stampPart(file, input.recordedAt, slice),
    knownAt: stampPart(file, knownInput(input), slice, time),
    version: stampPart(file, input.version, slice),
    columns: Object.fromEntries(columns),
  }
}

/** Known when recorded, which most live events are: stored once. */
const knownInput = ({ knownAt, recordedAt }: RowsInput): StampInput => {
  if (!(knownAt instanceof Float64Array) || !(recordedAt instanceof Float64Array)) return knownAt
  return knownAt.every((stamp, i) => stamp === recordedAt[i]) ? 'recorded' : knownAt
}
