/** The center's reads: runs and live events together. */
import type { EventVersion } from '../../../model/event.ts'
import { compareEvents } from '../../../model/order.ts'
import type { EventTable } from '../../../model/table.ts'
import type { CenterReader, KeysRequest, ScanRequest, TimeRange } from '../port.ts'
import { readEvents } from './events.ts'
import { extentOf } from './extent.ts'
import { settleBacklog } from './flush.ts'
import { keysRows } from './key-rows.ts'
import type { Key } from './live.ts'
import { refuseLost, refuseLostVersions } from './lost.ts'
import { type KeyTexts, mergeSources, runSource, versionsSource } from './merge.ts'
import { withoutHidden } from './run/open.ts'
import { readableType, type State, type TypeState, versionsOf } from './state.ts'

export const createReader = (state: State): CenterReader => ({
  safe: () => state.stamp,
  extent: async (type) => {
    refuseLost(state, Number.NEGATIVE_INFINITY)
    const of = readableType(state, type)
    await settleBacklog(state, of)
    return extentOf(of)
  },
  scan: (request) => readTable(state, request, [{}]),
  table: (request: KeysRequest) => readTable(state, request, request.keys),
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

const readTable = (state: State, { type, from, to, columns }: ScanRequest, keys: readonly Key[]): EventTable => {
  refuseLost(state, from)
  return tableOf(readableType(state, type), { from, to, columns }, keys)
}

const tableOf = (of: TypeState, { from, to, columns }: Omit<ScanRequest, 'type'>, keys: readonly Key[]): EventTable => {
  const range: TimeRange = { from, to }
  const { type, plan, live } = of
  const texts = keys.length === 1 ? textsOf(keys[0]!) : undefined
  const sources = of.runs
    .filter(({ entry }) => entry.maxTime >= from && entry.minTime < to)
    .map((run) => runSource(run, withoutHidden(run, keysRows(run, range, keys)), plan, texts))
  const plain = keys.length === 1 ? live.plainIn(range, keys[0]!) : keys.flatMap((key) => live.plainIn(range, key)).sort(compareEvents)
  if (plain.length > 0) sources.push(versionsSource(plain, plan, type, texts))
  const amended = keys.length === 1 ? live.amendedIn(range, keys[0]!) : [...new Set(keys.flatMap((key) => live.amendedIn(range, key)))]
  return mergeSources({ type, plan, paths: columns, sources, amended })
}

const textsOf = (key: Key): KeyTexts =>
  new Map(Object.entries(key).flatMap(([path, value]) => (typeof value === 'string' ? [[path, [value]] as const] : [])))
