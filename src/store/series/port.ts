/** Window features of one key as of a time: from series in this process, or from packed series in a store. */

import type { Answer } from '../../base/answer.ts'
import type { EventVersion, Read } from '../../model/event.ts'
import type { Value } from '../../model/value.ts'

export interface WindowsQuestion {
  /** Name of the windows definition. */
  readonly windows: string
  /** One value for each dimension, none null; null when the root lacks one: nothing is counted then. */
  readonly key: readonly Value[] | null
  readonly time: number
  readonly read: Read
  /** The root's own event, for definitions that include it. */
  readonly root?: EventVersion
}

/** Answers by slot, as `CompiledWindows.slots` numbers them: NaN or null for no value. */
export interface SlotValues {
  readonly numbers: Float64Array
  readonly values: Value[]
}

export interface WindowsReader {
  /** Fills every slot. */
  read(question: WindowsQuestion, into: SlotValues): Answer<void>
}
