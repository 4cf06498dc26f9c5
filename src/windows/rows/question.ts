import type { EventVersion, Read } from '../../model/event.ts'
import type { Value } from '../../model/value.ts'

/** What a root asks of a definition's series. */
export interface RowQuestion {
  /** One value for each dimension; null where the root lacks one: then nothing is counted. */
  readonly key: readonly Value[] | null
  readonly time: number
  readonly read: Read
  /** The root's own event, for definitions that include it. */
  readonly root?: EventVersion
}
