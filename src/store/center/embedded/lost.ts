/**
 * Records of the log that were durable and can no longer be read: what they could touch is withheld, never read as absent. A
 * lost record may be of any type and key, and may correct or delete any event; but no event lies further ahead than
 * `maxAheadMs` of the stamp it was recorded at, so what is asked for beyond that cannot miss any.
 */
import { MillraceError } from '../../../base/error.ts'
import type { EventVersion, Read } from '../../../model/event.ts'
import { damaged } from '../../log/embedded/recover.ts'
import type { LogGap } from '../../log/port.ts'

export interface LostRecords extends LogGap {
  /** An owner has decided to go on without them: nothing is withheld any more. */
  readonly isGivenUp?: boolean
}

interface Withholding {
  readonly lost: readonly LostRecords[]
  readonly maxAheadMs: number
}

/** The first event time that nothing lost can lie at or beyond. */
const clearFrom = (gap: LogGap, maxAheadMs: number): number => Math.floor(gap.upTo) + maxAheadMs + 1

/** Throws LOG_DAMAGED where lost records may be among the events from then on that a read holds. */
export const refuseLost = ({ lost, maxAheadMs }: Withholding, from: number, read?: Read): void => {
  const touched = lost.find(
    (gap) => gap.isGivenUp !== true && from < clearFrom(gap, maxAheadMs) && !(read?.as === 'recorded' && read.cutoff < gap.after),
  )
  if (touched !== undefined) throw withheld(touched)
}

/** The same for all versions of one event: those that are known say where it stands, and none at all says nothing. */
export const refuseLostVersions = (of: Withholding, versions: readonly EventVersion[]): void =>
  refuseLost(
    of,
    versions.reduce(
      (earliest, { time }) => Math.min(earliest, time),
      versions.length === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
    ),
  )

/** Records not given up, if any. */
export const firstPending = ({ lost }: Pick<Withholding, 'lost'>): LostRecords | undefined =>
  lost.find(({ isGivenUp }) => isGivenUp !== true)

export const withheld = (gap: LogGap): MillraceError => {
  const { summary, details } = damaged(gap)
  return new MillraceError('LOG_DAMAGED', `${summary}, which may belong to what was asked for`, details)
}

/** What of a gap no entry covers that was given up. */
export const notGivenUp = (gap: LogGap, known: readonly LostRecords[]): boolean =>
  !known.some(({ isGivenUp, from, to }) => isGivenUp === true && from <= gap.from && gap.to <= to)
