/**
 * Events as main sees them, read where they lie: one frozen object for each place in a list, made once, whose members are
 * accessors of the event that stands there for the current root. Runs inside the realm.
 */
import { type EventSource, type ValueShape, valueToMain } from '../../tree/shape.ts'

/** Which root it is: `version` changes with every move. */
export interface Cursor {
  row: number
  version: number
}

type EventShape = ValueShape & { readonly kind: 'event' }

/** The getter of a list of events, or of a single one or null. */
export const eventsGetter = (shape: ValueShape, source: EventSource, cursor: Cursor): (() => unknown) => {
  const event = (shape.kind === 'list' ? shape.of : shape) as EventShape
  const views = Array.from({ length: source.most }, (_, i) => eventView(event, source, i))
  const lists = Array.from({ length: source.most + 1 }, (_, count) => Object.freeze(views.slice(0, count)))
  let chosen = 0
  let version = -1
  const count = (): number => {
    if (version !== cursor.version) {
      chosen = source.select(cursor.row)
      version = cursor.version
    }
    return chosen
  }
  return shape.kind === 'list' ? () => lists[count()] : () => (count() === 0 ? null : views[0])
}

const eventView = ({ data }: EventShape, source: EventSource, i: number): object => {
  const byType = new Map(Object.entries(data).map(([type, shape]) => [type, dataView(type, shape, source, i)]))
  const [only] = byType.size === 1 ? byType.values() : []
  return Object.freeze(
    Object.defineProperties(
      {},
      {
        type: accessor(() => source.type(i)),
        id: accessor(() => source.id(i)),
        subject: accessor(() => source.subject(i)),
        time: accessor(() => source.time(i)),
        data: only === undefined ? accessor(() => byType.get(source.type(i))) : { value: only, enumerable: true },
      },
    ),
  )
}

const dataView = (type: string, shape: ValueShape, source: EventSource, i: number): object => {
  const members = shape.kind === 'object' ? shape.members : {}
  const view = {}
  for (const [name, member] of Object.entries(members)) {
    const read = source.fieldOf(type, name)
    Object.defineProperty(view, name, accessor(member.kind === 'plain' ? () => read(i) : () => valueToMain(read(i), member)))
  }
  return Object.freeze(view)
}

const accessor = (get: () => unknown): PropertyDescriptor => ({ get, enumerable: true })
