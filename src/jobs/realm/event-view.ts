/**
 * Events as main sees them, read where they lie: one frozen object for each place in a list, made once, whose members are
 * accessors of the event that stands there for the current root. The accessors of all places are the same functions, which find the
 * place in the object they are called on: so all places have one shape, and the engine compiles what main does with any of them
 * once. Runs inside the realm.
 */
import { type EventSource, type ValueShape, valueToMain } from '../../tree/shape.ts'
import { frozenList } from './lists.ts'

/** Which root it is: `version` changes with every move. */
export interface Cursor {
  row: number
  version: number
}

type EventShape = ValueShape & { readonly kind: 'event' }

/** The getter of a list of events, or of a single one or null. */
export const eventsGetter = (shape: ValueShape, source: EventSource, cursor: Cursor): (() => unknown) => {
  const views = eventViews((shape.kind === 'list' ? shape.of : shape) as EventShape, source)
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
const eventViews = ({ data }: EventShape, source: EventSource): readonly object[] => {
  const byType = new Map(Object.entries(data).map(([type, shape]) => [type, dataViews(type, shape, source)]))
  const [only] = byType.size === 1 ? byType.values() : []
  return placedViews(source.most, {
    type: source.type,
    id: source.id,
    subject: source.subject,
    time: source.time,
    data: only === undefined ? (i) => byType.get(source.type(i))![i] : (i) => only[i],
  })
}

const dataViews = (type: string, shape: ValueShape, source: EventSource): readonly object[] => {
  const members = shape.kind === 'object' ? Object.entries(shape.members) : []
  const readers = members.map(([name, member]): [string, Read] => {
    const read = source.fieldOf(type, name)
    return [name, member.kind === 'plain' ? read : (i) => valueToMain(read(i), member)]
  })
  return placedViews(source.most, Object.fromEntries(readers))
}

/** Of the event at a place. */
type Read = (place: number) => unknown

/** Its place stands in a private field: no key of the object, and out of main's reach. */
class Placed {
  readonly #place: number
  constructor(place: number) {
    this.#place = place
    // Main sees plain objects.
    Object.setPrototypeOf(this, Object.prototype)
  }
  static of(placed: Placed): number {
    return placed.#place
  }
  static is(value: object): value is Placed {
    return #place in value
  }
}

const { of: placeOf, is: isPlaced } = Placed

/** Whether main is shown a plain object that is none: its members are accessors. */
export const isView = (value: unknown): value is object => typeof value === 'object' && value !== null && isPlaced(value)

/** The view that an object inherits from, as it may from a plain object. */
const inherited = (value: object): Placed => {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (typeof prototype !== 'object' || prototype === null) throw new TypeError('an accessor was called on an object that is not its own')
  return isPlaced(prototype) ? prototype : inherited(prototype)
}

/**
 * One view for each place. An accessor that main takes off one of them works on those alone: on a view of other events it would
 * show what stood at that place for an earlier root, or what lies in another table.
 */
const placedViews = (count: number, readers: { readonly [name: string]: Read }): readonly object[] => {
  const views: Placed[] = []
  const accessor = (name: string, read: Read): PropertyDescriptor => ({
    get(this: object) {
      const view = isPlaced(this) ? this : inherited(this)
      const place = placeOf(view)
      if (views[place] !== view) throw new TypeError('an accessor was called on an object that is not its own')
      return read(place)
    },
    // In the words of the engine for a frozen object's member, which it is where main runs on call.
    set() {
      throw new TypeError(`Cannot assign to read only property '${name}' of object '#<Object>'`)
    },
    enumerable: true,
  })
  const members = Object.fromEntries(Object.entries(readers).map(([name, read]) => [name, accessor(name, read)]))
  for (let place = 0; place < count; place++) {
    const view = Object.defineProperties(new Placed(place), members)
    views.push(view)
    Object.freeze(view)
  }
  return views
}
