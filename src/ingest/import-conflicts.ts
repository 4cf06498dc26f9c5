/**
 * Rows of a committed import that the center did not take, since it has their ids with other content: found in a second reading of
 * the file by the ids that the commit names, and kept as dead letters. Where that is broken off, the same import given again goes
 * on with it, as far as a commit remembers ids: what a letter is kept of already is known by its key.
 */
import { MillraceError } from '../base/error.ts'
import type { EventVersion } from '../model/event.ts'
import { canonical, dataToJson } from '../model/json.ts'
import type { EventPlan } from '../model/plan.ts'
import type { ImportCommit, ImportConflict, NewEvent } from '../store/center/port.ts'
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

/**
 * As many as records of one import may be refused; `conflictCount` says how many there are. Throws CONFLICTS_NOT_KEPT: of whatever
 * stops it, the import itself is over and stands.
 */
export const keepConflicts = async (from: ConflictSource, mapper: Mapper, commit: ImportCommit): Promise<void> => {
  try {
    await findConflicts(from, mapper, commit)
  } catch (error) {
    const reason = error instanceof MillraceError ? error.message : String(error)
    throw new MillraceError('CONFLICTS_NOT_KEPT', `the import is committed, but its rows in conflict could not all be kept: ${reason}`, {
      at: from.options.file,
      hint: 'its events are there; give the same file again to go on with the rows in conflict',
      retryable: error instanceof MillraceError && error.retryable,
      cause: error,
    })
  }
}

const findConflicts = async (from: ConflictSource, mapper: Mapper, commit: ImportCommit): Promise<void> => {
  const { options, reader, id } = from
  const { deadLetters, signal, batchRows, maxRefused: most = defaultMaxRefused } = options
  const known = commit.conflicts.slice(0, most)
  if (deadLetters.soughtConflicts(id) >= known.length) return
  const search = { mapper, ids: idsByType(known) }
  const request = { columns: mapper.columns, times: mapper.times, ...(batchRows !== undefined && { most: batchRows }) }
  let count = 0
  for await (const batch of reader.batches(request)) {
    if (signal?.aborted === true) return deadLetters.sync()
    if (count >= most) break
    const found = await conflictsOf(from, batch, search)
    // Nothing is awaited from here to the letters: of a subject that is erased in between, or was since, nothing may come back.
    const rows = found.filter((one) => !wasErased(options, one, commit.stamp)).slice(0, most - count)
    deadLetters.append(lettersOf(from, batch, rows))
    count += rows.length
    await new Promise(setImmediate)
  }
  deadLetters.noteConflicts(id, known.length)
  await deadLetters.sync()
}

interface Search {
  readonly mapper: Mapper
  /** Of rows in conflict, by type. */
  readonly ids: ReadonlyMap<string, ReadonlySet<string>>
}

interface ConflictingRow extends RefusedRow {
  readonly event: NonNullable<RefusedRow['event']>
  readonly subject: string
}

/** At or after the import's commit. */
const wasErased = ({ center }: ImportOptions, { event, subject }: ConflictingRow, stamp: number): boolean =>
  (center.erasedAt(event.type, subject) ?? Number.NEGATIVE_INFINITY) >= stamp

const idsByType = (conflicts: readonly ImportConflict[]): Search['ids'] => {
  const ids = new Map<string, Set<string>>()
  for (const { type, id } of conflicts) ids.set(type, (ids.get(type) ?? new Set()).add(id))
  return ids
}

const conflictsOf = async ({ options }: ConflictSource, batch: RowBatch, { mapper, ids }: Search): Promise<readonly ConflictingRow[]> => {
  const { tables, places } = mapper.map(batch, Number.POSITIVE_INFINITY)
  const found: ConflictingRow[] = []
  for (const [index, table] of tables.entries()) {
    const plan = options.plan.events[table.type]!
    const known = ids.get(table.type)
    for (let row = 0; row < table.rows && known !== undefined; row++) {
      // One id may stand in several rows, of which not all are in conflict.
      if (!known.has(table.ids.at(row))) continue
      const event = newEventAt(table, plan, row)
      if (!(await isInConflict(options, plan, event))) continue
      const place = places[index]![row]!
      found.push({
        position: batch.position + place,
        event: { index, type: table.type },
        subject: event.subject,
        refusal: refusalOf(event, plan),
        record: batch.record(place),
      })
    }
  }
  return found
}

const isInConflict = async ({ center }: ImportOptions, plan: EventPlan, event: NewEvent): Promise<boolean> => {
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
