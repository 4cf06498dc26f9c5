/** The center's reads: runs and live events together. */
import type { EventVersion } from '../../../model/event.ts'
import type { EventTable } from '../../../model/table.ts'
import type { CenterReader, KeyRequest, ScanRequest, TimeRange } from '../port.ts'
import { readEvents } from './events.ts'
import { keyRows } from './key-rows.ts'
import type { Key } from './live.ts'
import { mergeSources, runSource, versionsSource } from './merge.ts'
import { withoutHidden } from './run/open.ts'
import { type State, type TypeState, typeState, versionsOf } from './state.ts'

export const createReader = (state: State): CenterReader => ({
  safe: () => state.stamp,
  scan: (request) => readTable(typeState(state, request.type), request, {}),
  table: (request: KeyRequest) => readTable(typeState(state, request.type), request, request.key),
  events: (request) => readEvents(state, request),
  erasedAt: (type, subject) => state.erased.findLast((one) => one.subject === subject && one.types.includes(type))?.stamp,
  versions: (type, id): readonly EventVersion[] => versionsOf(typeState(state, type), id),
})

const readTable = (of: TypeState, { from, to, columns }: Omit<ScanRequest, 'type'>, key: Key): EventTable => {
  const range: TimeRange = { from, to }
  const { type, plan, live } = of
  const sources = of.runs
    .filter(({ entry }) => entry.maxTime >= from && entry.minTime < to)
    .map((run) => runSource(run, withoutHidden(run, keyRows(run, range, key)), plan))
  const plain = live.plainIn(range, key)
  if (plain.length > 0) sources.push(versionsSource(plain, plan, type))
  return mergeSources({ type, plan, paths: columns, sources, amended: live.amendedIn(range, key) })
}
