/**
 * A subject's versions go from everything that is kept. First the log says so, durably; then memory forgets them and runs that
 * have some are written anew; after two manifests no file and no segment that had them is left. A crash in between is made
 * good when the center is opened, since the log's record of the erasure stands until then.
 */
import { MillraceError } from '../../../base/error.ts'
import type { Log } from '../../log/port.ts'
import type { Erased, EraseRequest } from '../port.ts'
import { listProgress } from './import/progress.ts'
import { keyRows } from './key-rows.ts'
import { firstPending, withheld as lostError } from './lost.ts'
import { jsonRecord, recordKinds } from './records.ts'
import { type Run, withoutHidden } from './run/open.ts'
import { countOf, rowOf, type Selection } from './run/read-parts.ts'
import { readableType, type State, type TypeState } from './state.ts'
import type { Writer } from './writer.ts'

export interface EraseContext {
  readonly state: State
  readonly log: Log
  readonly writer: Writer
  readonly isImporting: () => boolean
}

/** Within a turn of the writer. */
export const eraseSubject = async (
  { state, log, writer, isImporting }: EraseContext,
  { types, subject }: EraseRequest,
): Promise<Erased> => {
  for (const type of types) readableType(state, type)
  refuseUndeclared(state, types)
  // While any type is withheld nothing is written anew, and what is erased would stay on the disk.
  for (const { withheld } of state.types.values()) if (withheld !== undefined) throw withheld
  const lost = firstPending(state)
  if (lost !== undefined) throw lostError(lost)
  const brokenOff = listProgress(state.disk, state.folder).some(({ parts }) => parts.some(({ type }) => types.includes(type)))
  if (isImporting() || brokenOff) {
    throw new MillraceError('IMPORT_RUNNING', 'an import that is not committed may hold the subject', {
      at: subject,
      hint: 'commit it or give it up first',
      retryable: true,
    })
  }
  // Damage shows before the log says that the subject is erased.
  for (const type of types)
    for (const run of readableType(state, type).runs) subjectRows(run, readableType(state, type).plan.subject, subject)
  const { stamp } = await log.append([jsonRecord(recordKinds.erase, { types, subject })])
  const versions = applyErasure(state, { types, subject }, stamp)
  state.stamp = stamp
  await finishErasure(writer)
  return { stamp, versions }
}

/** Events of types that are stored and no longer declared are not read, so that erasing could not reach them. Throws EVENT_UNDECLARED. */
const refuseUndeclared = (state: State, types: readonly string[]): void => {
  const entities = new Set(types.map((type) => entityOf(readableType(state, type))))
  const found = [...state.types.values()].find((of) => !of.declared && entities.has(entityOf(of)))
  if (found === undefined) return
  throw new MillraceError('EVENT_UNDECLARED', 'events of a type that is stored and no longer declared have such a subject', {
    value: found.type,
    hint: 'declare it again, erase, and then remove it',
  })
}

const entityOf = ({ plan }: TypeState): string | undefined => {
  const field = plan.data[plan.subject]
  return field?.kind === 'entity' ? field.name : undefined
}

export const applyErasure = (state: State, { types, subject }: EraseRequest, stamp: number): number => {
  state.erased = [...state.erased, { types, subject, stamp }]
  let versions = 0
  for (const type of types) {
    const of = state.types.get(type)
    if (of !== undefined) versions += of.live.erase(subject) + hideRows(of, subject)
  }
  return versions
}

const subjectRows = (run: Run, path: string, subject: string): Selection =>
  keyRows(run, { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }, { [path]: subject })

const hideRows = (of: TypeState, subject: string): number => {
  let count = 0
  for (const run of of.runs) {
    const all = subjectRows(run, of.plan.subject, subject)
    // Rows that an amended event stands for have gone from the reads already, and go from the disk with these.
    if (countOf(all) > 0) of.toRewrite.add(run)
    const rows = withoutHidden(run, all)
    for (let i = 0; i < countOf(rows); i++) run.hidden.add(rowOf(rows, i))
    count += countOf(rows)
  }
  return count
}

/** Two manifests: the first names files without the subject, the second lets go of those the one before named. */
export const finishErasure = async (writer: Pick<Writer, 'flush'>): Promise<void> => {
  await writer.flush()
  await writer.flush()
}
