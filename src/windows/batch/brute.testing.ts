/** For tests: versions → rows → window → values, each by plain loops that share nothing with the engine. */
import { valueAt } from '../../model/cell.ts'
import type { EventVersion, Read } from '../../model/event.ts'
import type { WindowsPlan } from '../../model/plan.ts'
import type { Value } from '../../model/value.ts'
import { oracle } from '../kernels/oracle.testing.ts'
import type { Case } from './draw.testing.ts'

interface PlainRow {
  readonly event: EventVersion
  readonly member: number
  readonly cell: (name: string) => Value
}

const holds = (versions: readonly EventVersion[], read: Read): EventVersion | undefined => {
  let best: EventVersion | undefined
  for (const version of versions) {
    const stamp = read.as === 'known' ? version.knownAt : version.recordedAt
    if (read.as !== 'corrected' && stamp > read.cutoff) continue
    if (best === undefined || version.version > best.version) best = version
  }
  return best?.op === 'delete' ? undefined : best
}

const rowOf = (plan: 'plain' | 'filtered', event: EventVersion): PlainRow[] => {
  if (plan === 'filtered' && event.type === 'pay' && !(event.data['flag'] !== null && event.data['flag'] !== true)) return []
  const name = (column: string) => (event.type === 'refund' && column === 'int' ? 'back' : column)
  return [{ event, member: event.type === 'pay' ? 0 : 1, cell: (column) => valueAt(event.data, name(column)) }]
}

const inOrder = (a: PlainRow, b: PlainRow): number => {
  const bytes = (x: string, y: string) => Buffer.compare(Buffer.from(x), Buffer.from(y))
  return a.event.time - b.event.time || a.event.seq - b.event.seq || bytes(a.event.type, b.event.type) || bytes(a.event.id, b.event.id)
}

const startOfUnit = (unit: string, time: number): number => {
  const ms = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }[unit]!
  return Math.floor(time / ms) * ms
}

const selected = (rows: readonly PlainRow[], own: readonly PlainRow[], time: number, name: string, merge: WindowsPlan['merge']) => {
  const edge = (at: number) => {
    const old = merge?.olderThan === undefined ? 0 : Number.parseInt(merge.olderThan, 10)
    return merge !== undefined && time - at >= old ? startOfUnit(merge.unit, at) : at
  }
  const before = rows.filter((row) => row.event.time < time)
  const ended = [...before, ...own]
  const since = (from: number) => ended.filter((row) => row.event.time >= from)
  const [, from, to] = /^(\d+)m?s?(?: to (\d+)ms)?$/.exec(name) ?? []
  if (name === 'lifetime') return { rows: ended, lengthMs: Number.NaN }
  if (name === 'day to date') return { rows: since(edge(startOfUnit('day', time))), lengthMs: time - edge(startOfUnit('day', time)) }
  const [, n, within] = /^last (\d+)(?: in (\d+)ms)?$/.exec(name) ?? []
  if (n !== undefined) {
    const some = within === undefined ? ended : since(time - Number(within))
    return { rows: some.slice(-Number(n)), lengthMs: within === undefined ? Number.NaN : Number(within) }
  }
  const low = edge(time - Number(from) * (name === '1m' ? 60_000 : 1))
  if (to === undefined) return { rows: since(low), lengthMs: time - low }
  const high = edge(time - Number(to))
  return { rows: before.filter((row) => row.event.time >= low && row.event.time < high), lengthMs: high - low }
}

export const expected = ({ compiled, by, versions, roots, stamp, merge }: Case): Value[][] =>
  roots.map((root) => {
    const as = stamp === 'knownAt' ? 'known' : 'recorded'
    const read: Read = stamp === undefined || root.cutoff === Number.POSITIVE_INFINITY ? { as: 'corrected' } : { as, cutoff: root.cutoff }
    const isAsked = (row: PlainRow) => by.every((name) => row.cell(name) !== null && row.cell(name) === root.data[name])
    const held = versions.map((of) => holds(of, read)).filter((version) => version !== undefined)
    const rows = held
      .flatMap((version) => rowOf('filtered', version))
      .filter(isAsked)
      .sort(inOrder)
    const own = root.own === undefined || !compiled.includeRoot ? [] : rowOf('filtered', root.own).filter(isAsked)
    return compiled.slots.map((slot) => {
      const feature = compiled.features[slot.feature]!
      const { rows: all, lengthMs } = selected(rows, own, root.time, compiled.windows[slot.window]!.name, merge)
      const passed = feature.where === undefined ? all : all.filter((row) => row.cell('int') !== 0)
      const field = (column: number | undefined) => (column === undefined ? undefined : compiled.columns[column]!.field)
      const cell = (row: PlainRow, column: number | undefined) =>
        column === undefined ? {} : { value: row.cell(compiled.columns[column]!.name) }
      return oracle(
        { feature, field: field(feature.column), groupField: field(feature.groupBy), time: root.time, lengthMs },
        passed.map((row) => {
          const group = feature.groupBy === undefined ? {} : { group: row.cell(compiled.columns[feature.groupBy]!.name) }
          return { time: row.event.time, ...cell(row, feature.column), ...group }
        }),
      )
    })
  })
