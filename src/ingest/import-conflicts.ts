/**
 * Rows of a committed import that the center did not take, since it has their ids with other content: found in a second reading of
 * the file, and kept as dead letters. Where that is broken off, the same import given again goes on with it: what a letter is
 * kept of already is known by its key.
 */
import type { EventVersion } from '../model/event.ts'
import { canonical, dataToJson } from '../model/json.ts'
import type { EventPlan } from '../model/plan.ts'
import type { EventTable } from '../model/table.ts'
import { rowVersion } from '../model/table-slice.ts'
import type { ImportCommit, NewEvent } from '../store/center/port.ts'
import { type LetterSource, lettersOf } from './import-letters.ts'
import { defaultMaxRefused, type ImportOptions } from './import-options.ts'
import type { Mapper, RefusedRow } from './map/mapper.ts'
import { newEventAt } from './map/rows.ts'
import type { RowBatch, RowReader } from './readers/batch.ts'

const conflictCode = 'ID_CONFLICT'

interface ConflictSource extends LetterSource {
  readonly options: ImportOptions
  readonly reader: RowReader
}

/** As many as records of one import may be refused; `conflictCount` says how many there are. */
export const keepConflicts = async (from: ConflictSource, mapper: Mapper, commit: ImportCommit): Promise<void> => {
  const { options, reader, id } = from
  const { deadLetters, signal, batchRows, maxRefused = defaultMaxRefused } = options
  const kept = (): number => deadLetters.counts({ importId: id, withReplayed: true })[conflictCode] ?? 0
  const most = Math.min(commit.conflictCount, maxRefused)
  if (kept() >= most) return
  const search = { mapper, listed: listedIn(commit), stamp: commit.stamp }
  const request = { columns: mapper.columns, times: mapper.times, ...(batchRows !== undefined && { most: batchRows }) }
  for await (const batch of reader.batches(request)) {
    if (signal?.aborted === true || kept() >= most) break
    deadLetters.append(lettersOf(from, batch, await conflictsOf(from, batch, { ...search, most: most - kept() })))
    await new Promise(setImmediate)
  }
  await deadLetters.sync()
}

interface Search {
  readonly mapper: Mapper
  /** By type; undefined where the center lists fewer than it counted, and any row may be in conflict. */
  readonly listed: ReadonlyMap<string, ReadonlySet<string>> | undefined
  /** Of the import's commit. */
  readonly stamp: number
  readonly most: number
}

const listedIn = ({ conflicts, conflictCount }: ImportCommit): Search['listed'] => {
  if (conflicts.length < conflictCount) return undefined
  const listed = new Map<string, Set<string>>()
  for (const { type, id } of conflicts) listed.set(type, (listed.get(type) ?? new Set()).add(id))
  return listed
}

const conflictsOf = async (
  { options }: ConflictSource,
  batch: RowBatch,
  { mapper, listed, stamp, most }: Search,
): Promise<readonly RefusedRow[]> => {
  const { tables, places } = mapper.map(batch, Number.POSITIVE_INFINITY)
  const found: RefusedRow[] = []
  for (const [index, table] of tables.entries()) {
    const plan = options.plan.events[table.type]!
    const known = listed === undefined ? await knownRows(options, plan, table) : undefined
    for (let row = 0; row < table.rows && found.length < most; row++) {
      if (known?.has(row) ?? listed?.get(table.type)?.has(table.ids.at(row)) !== true) continue
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

/** Rows that the center has as they are: found side by side, since looking up an event by its id takes a hundred times as long. */
const knownRows = async ({ center }: ImportOptions, plan: EventPlan, table: EventTable): Promise<ReadonlySet<number>> => {
  const known = new Set<number>()
  if (table.rows === 0) return known
  const rows = new Map(Array.from({ length: table.rows }, (_, row) => [table.ids.at(row), row]))
  const [from, to] = [table.time.reduce((a, b) => Math.min(a, b)), table.time.reduce((a, b) => Math.max(a, b)) + 1]
  const stored = await center.scan({ type: table.type, from, to, columns: Object.keys(plan.data) })
  for (let other = 0; other < stored.rows; other++) {
    const row = rows.get(stored.ids.at(other))
    if (row === undefined) continue
    const [own, was] = [newEventAt(table, plan, row), rowVersion(stored, other, plan.data, plan.subject)]
    if (contentOf(own, plan) === contentOf(was, plan)) known.add(row)
  }
  return known
}

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
