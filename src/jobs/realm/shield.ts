/**
 * The host's columns as the realm calls them. What the host throws — most easily by a stack that main has nearly used up — would be
 * an object of the host's, and by its constructor a way out of the realm; main gets an error of its own realm instead.
 */
import type { EventSource, TreeColumns } from '../../tree/shape.ts'

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
    fieldOf: (type, name) => shielded(source.fieldOf(type, name)),
    ...(source.table !== undefined && { table: source.table }),
  }

const shielded =
  <R>(call: (of: number) => R): ((of: number) => R) =>
  (of) => {
    try {
      return call(of)
    } catch (cause) {
      throw errorOf(cause)
    }
  }

const errorOf = (cause: unknown): Error => {
  const message = (cause as { readonly message?: unknown } | undefined)?.message
  return new Error(typeof message === 'string' ? message : 'the tree cannot be read')
}
