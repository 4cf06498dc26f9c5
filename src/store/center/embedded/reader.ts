/** The center's reads: runs and live events together. */
import type { EventVersion } from '../../../model/event.ts'
import type { EventTable } from '../../../model/table.ts'
import type { CenterReader, KeyRequest, ScanRequest, TimeRange } from '../port.ts'
import { readEvents } from './events.ts'
import { keyRows } from './key-rows.ts'
import type { Key } from './live.ts'
import { refuseLost, refuseLostVersions } from './lost.ts'
import { mergeSources, runSource, versionsSource } from './merge.ts'
import { withoutHidden } from './run/open.ts'
import { readableType, type State, type TypeState, versionsOf } from './state.ts'

export const createReader = (state: State): CenterReader => ({
  safe: () => state.stamp,
  scan: (request) => readTable(state, request, {}),
  table: (request: KeyRequest) => readTable(state, request, request.key),
  events: (request) => {
    refuseLost(state, request.from, request.read)
    return readEvents(state, request)
  },
  erasedAt: (type, subject) => state.erased.findLast((one) => one.subject === subject && one.types.includes(type))?.stamp,
  versions: (type, id): readonly EventVersion[] => {
    const versions = versionsOf(readableType(state, type), id)
    refuseLostVersions(state, versions)
    return versions
  },
})

const readTable = (state: State, { type, from, to, columns }: ScanRequest, key: Key): EventTable => {
  refuseLost(state, from)
  return tableOf(readableType(state, type), { from, to, columns }, key)
}

const tableOf = (of: TypeState, { from, to, columns }: Omit<ScanRequest, 'type'>, key: Key): EventTable => {
  const range: TimeRange = { from, to }
  const { type, plan, live } = of
  const texts = new Map(Object.entries(key).flatMap(([path, value]) => (typeof value === 'string' ? [[path, [value]] as const] : [])))
  const sources = of.runs
    .filter(({ entry }) => entry.maxTime >= from && entry.minTime < to)
    .map((run) => runSource(run, withoutHidden(run, keyRows(run, range, key)), plan, texts))
  const plain = live.plainIn(range, key)
  if (plain.length > 0) sources.push(versionsSource(plain, plan, type, texts))
  return mergeSources({ type, plan, paths: columns, sources, amended: live.amendedIn(range, key) })
}
