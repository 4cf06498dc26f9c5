import type { MillraceError } from '../../../base/error.ts'
import type { Disk } from '../../disk/port.ts'
import type { LogEnd } from './end.ts'
import type { Segment } from './recover.ts'

/** What an open log is: changed by its writer only. */
export interface LogState {
  readonly disk: Disk
  readonly folder: string
  readonly segments: Segment[]
  /** Offset and stamp that the next record will exceed: everything below is durable. */
  end: LogEnd
  /** The next record begins a segment: there is none, or the last one's end is damaged and stays as it is. */
  needsSegment: boolean
  /** Why nothing is accepted any more, where a write could not be made sure. */
  failed: MillraceError | undefined
}
