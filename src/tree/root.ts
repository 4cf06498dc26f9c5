/** The event or request that a tree hangs below. */
import { MillraceError } from '../base/error.ts'
import { valueAt } from '../model/cell.ts'
import type { EventVersion, Read } from '../model/event.ts'
import { holding } from '../model/order.ts'
import type { Data, Value } from '../model/value.ts'
import type { CenterReader } from '../store/center/port.ts'

/** What `tree.root` shows, and what fetches take their keys from. */
export interface Root {
  readonly type: string
  /** Null for a request that was not recorded. */
  readonly id: string | null
  /** Null for a request without one. */
  readonly subject: string | null
  readonly time: number
  readonly data: Data
  /** The version behind it, for definitions that include the root; none for a request. */
  readonly event?: EventVersion
}

export const requestType = 'request'

/** The event that a read holds, as a root. Throws EVENT_UNKNOWN, ROOT_NOT_FOUND. */
export const findRoot = async (center: CenterReader, type: string, id: string, read: Read): Promise<Root> => {
  const event = holding(await center.versions(type, id), read)
  if (event === undefined)
    throw new MillraceError('ROOT_NOT_FOUND', `there is no ${type} with this id${read.as === 'corrected' ? '' : ' for this read'}`, {
      value: id,
    })
  return rootOfEvent(event)
}

export const rootOfEvent = (event: EventVersion): Root => ({
  type: event.type,
  id: event.id,
  subject: event.subject,
  time: event.time,
  data: event.data,
  event,
})

/** The values that name a series: one for each dimension, or null when the root lacks one, so that nothing is below it. */
export const keyOf = (root: Root, fields: readonly string[]): readonly Value[] | null => {
  const key = fields.map((field) => valueAt(root.data, field))
  return key.includes(null) ? null : key
}
