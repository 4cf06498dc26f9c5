/**
 * Rows of a committed import that the center did not take, since it has their ids with other content: found in a second reading of
 * the file, and kept as dead letters. Where that is broken off, the same import given again goes on with it: what a letter is
 * kept of already is known by its key.
 */
import type { EventVersion } from '../model/event.ts'
import { canonical, dataToJson } from '../model/json.ts'
import type { EventPlan } from '../model/plan.ts'
import type { EventTable } from '../model/table.ts'
import type { ImportCommit, NewEvent } from '../store/center/port.ts'
import { type LetterSource, lettersOf } from './import-letters.ts'
import type { ImportOptions } from './import-options.ts'
import type { Mapper, RefusedRow } from './map/mapper.ts'
import { newEventAt } from './map/rows.ts'
import type { RowBatch, RowReader } from './readers/batch.ts'

const conflictCode = 'ID_CONFLICT'

interface ConflictSource extends LetterSource {
  readonly options: ImportOptions
  readonly reader: RowReader
}

export const keepConflicts = async (from: ConflictSource, mapper: Mapper, commit: ImportCommit): Promise<void> => {
  const { options, reader, id } = from
  const { deadLetters, signal, batchRows } = options
  const kept = deadLetters.counts({ importId: id, withReplayed: true })[conflictCode] ?? 0
  if (kept >= commit.conflictCount) return
  const isListed = listedIn(commit)
  for await (const batch of reader.batches({
    columns: mapper.columns,
    times: mapper.times,
    ...(batchRows !== undefined && { most: batchRows }),
  })) {
    if (signal?.aborted === true) break
    deadLetters.append(lettersOf(from, batch, await conflictsOf(from, batch, { mapper, isListed, stamp: commit.stamp })))
    await new Promise(setImmediate)
  }
  await deadLetters.sync()
}

type IsListed = (type: string, id: string) => boolean

/** Where the center lists fewer than it counted, any row may be in conflict. */
const listedIn = ({ conflicts, conflictCount }: ImportCommit): IsListed => {
  if (conflicts.length < conflictCount) return () => true
  const listed = new Map<string, Set<string>>()
  for (const { type, id } of conflicts) listed.set(type, (listed.get(type) ?? new Set()).add(id))
  return (type, id) => listed.get(type)?.has(id) === true
}

interface Search {
  readonly mapper: Mapper
  readonly isListed: IsListed
  /** Of the import's commit. */
  readonly stamp: number
}

const conflictsOf = async (
  { options }: ConflictSource,
  batch: RowBatch,
  { mapper, isListed, stamp }: Search,
): Promise<readonly RefusedRow[]> => {
  const { tables, places } = mapper.map(batch, Number.POSITIVE_INFINITY)
  const found: RefusedRow[] = []
  for (const [index, table] of tables.entries()) {
    const plan = options.plan.events[table.type]!
    for (const row of rowsListed(table, isListed)) {
      const event = newEventAt(table, plan, row)
      if (!(await isInConflict(options, plan, event, stamp))) continue
      const place = places[index]![row]!
      found.push({
        position: batch.position + place,
        event: { index, type: table.type },
        refusal: refusalOf(event, plan),
        record: batch.record(place),
      })
    }
  }
  return found
}

const rowsListed = ({ type, rows, ids }: EventTable, isListed: IsListed): readonly number[] =>
  Array.from({ length: rows }, (_, row) => row).filter((row) => isListed(type, ids.at(row)))

/** What was erased since is no conflict: nothing of the subject is to come back, not as a dead letter either. */
const isInConflict = async ({ center }: ImportOptions, plan: EventPlan, event: NewEvent, stamp: number): Promise<boolean> => {
  if ((center.erasedAt(event.type, event.subject) ?? Number.NEGATIVE_INFINITY) >= stamp) return false
  const versions = await center.versions(event.type, event.id)
  const content = contentOf(event, plan)
  return versions.length > 0 && !versions.some((version) => version.op === 'put' && contentOf(version, plan) === content)
}

/** Two events are the same where this is; a seq counts where it is the source's own, and is among the data then. */
const contentOf = ({ time, data }: Pick<EventVersion, 'time' | 'data'>, plan: EventPlan): string =>
  `${time} ${canonical(dataToJson(data, plan.data))}`

const refusalOf = ({ id }: NewEvent, { id: names = [] }: EventPlan): RefusedRow['refusal'] => ({
  code: conflictCode,
  at: names.join(', '),
  value: id,
  expected: 'the content that is there, or an id of its own',
  message: `the id '${id}' is known with other content, or stands in the file with another`,
})
