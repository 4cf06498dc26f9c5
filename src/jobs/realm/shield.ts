/**
 * The host's columns as the realm calls them. What the host throws — most easily by a stack that main has nearly used up — would be
 * an object of the host's, and by its constructor a way out of the realm; main gets an error of its own realm instead.
 */
import type { EventRows, EventSource, TreeColumns } from '../../tree/shape.ts'

export const shieldColumns = ({ numbers, value, events }: TreeColumns): TreeColumns => ({
  numbers,
  value: (column, row) => {
    try {
      return value(column, row)
    } catch (cause) {
      throw errorOf(cause)
    }
  },
  ...(events !== undefined && { events: shielded((column) => shieldSource(events(column))) }),
})

const shieldSource = (source: EventSource | undefined): EventSource | undefined =>
  source && {
    select: shielded(source.select),
    most: source.most,
    type: shielded(source.type),
    id: shielded(source.id),
    subject: shielded(source.subject),
    time: shielded(source.time),
    fieldOf: (type, name) => shielded(tried(() => source.fieldOf(type, name))),
    ...(source.table !== undefined && { table: shieldRows(source.table) }),
  }

const shieldRows = ({ rows, time, column }: EventRows): EventRows => ({
  rows,
  time,
  column: (type, name) => tried(() => column(type, name)),
})

/** Called for every event: nothing is made in a call. */
const shielded =
  <R>(call: (of: number) => R): ((of: number) => R) =>
  (of) => {
    try {
      return call(of)
    } catch (cause) {
      throw errorOf(cause)
    }
  }

/** What the host gives, or its error as one of this realm: for what is called once. */
export const tried = <R>(call: () => R): R => {
  try {
    return call()
  } catch (cause) {
    throw errorOf(cause)
  }
}

const errorOf = (cause: unknown): Error => {
  const message = (cause as { readonly message?: unknown } | undefined)?.message
  return new Error(typeof message === 'string' ? message : 'the tree cannot be read')
}
