/**
 * Events as main sees them, read where they lie: one frozen object for each place in a list (placed.ts), which shows the event that
 * stands there for the current root. Runs inside the realm.
 */
import { type EventSource, type ValueShape, valueToMain } from '../../tree/shape.ts'
import { columnReader } from './column-reader.ts'
import { frozenList, Given } from './lists.ts'
import type { Anew, Read } from './placed.ts'

/** Which root it is: `version` changes with every move. */
export interface Cursor {
  row: number
  version: number
}

type EventShape = ValueShape & { readonly kind: 'event' }

/** The getter of a list of events, or of a single one or null. */
export const eventsGetter = (shape: ValueShape, source: EventSource, cursor: Cursor, anew: Anew): (() => unknown) => {
  const views = eventViews((shape.kind === 'list' ? shape.of : shape) as EventShape, source, anew)
  const listOf = createLists(views)
  let chosen = 0
  let version = -1
  const count = (): number => {
    if (version !== cursor.version) {
      chosen = source.select(cursor.row)
      version = cursor.version
    }
    return chosen
  }
  return shape.kind === 'list' ? () => listOf(count()) : () => (count() === 0 ? null : views[0])
}

/** So many lists are kept by their length; of longer ones, which would take memory by its square, the last. */
const keptLength = 128

/** The list of the first so many views: the same for as long as the length is. */
const createLists = (views: readonly object[]): ((count: number) => unknown) => {
  const lists: unknown[] = []
  let [latest, latestCount]: [unknown, number] = [undefined, -1]
  return (count) => {
    if (count < keptLength) {
      lists[count] ??= frozenList(views.slice(0, count))
      return lists[count]
    }
    if (count !== latestCount) {
      latest = frozenList(views.slice(0, count))
      latestCount = count
    }
    return latest
  }
}

/** By place, the event that stands there. */
const eventViews = ({ data }: EventShape, source: EventSource, anew: Anew): readonly object[] => {
  const byType = new Map(Object.entries(data).map(([type, shape]) => [type, dataViews(type, shape, source, anew)]))
  const [only] = byType.size === 1 ? byType.values() : []
  const { table } = source
  return anew()(
    source.most,
    {
      type: source.type,
      id: source.id,
      subject: source.subject,
      time: table === undefined ? source.time : columnReader(table.rows, { kind: 'number', values: table.time }, source.time),
      data: only ?? ((i) => byType.get(source.type(i))![i]),
    },
    mark,
  )
}

const dataViews = (type: string, shape: ValueShape, source: EventSource, anew: Anew): readonly object[] => {
  const members = shape.kind === 'object' ? Object.entries(shape.members) : []
  const readers = members.map(([name, member]): [string, Read] => {
    const read = source.fieldOf(type, name)
    if (member.kind !== 'plain') return [name, (i) => valueToMain(read(i), member)]
    const column = source.table?.column(type, name)
    return [name, column === undefined ? read : columnReader(source.table!.rows, column, read)]
  })
  return anew()(source.most, Object.fromEntries(readers), mark)
}

class View extends Given {
  readonly #isView = true
  static is(value: object): boolean {
    return #isView in value && value.#isView
  }
  static mark(value: object): void {
    new View(value)
  }
}
const { is, mark } = View

/** Whether main is shown a plain object that is none: its members are accessors. */
export const isView = (value: unknown): value is object => typeof value === 'object' && value !== null && is(value)
