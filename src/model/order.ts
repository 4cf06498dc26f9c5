import { compareUtf8 } from '../base/utf8.ts'
import type { EventVersion, Read } from './event.ts'

type Place = Pick<EventVersion, 'time' | 'seq' | 'type' | 'id'>

/** The total order of events: time, seq, then type and id by their UTF-8 bytes. */
export const compareEvents = (a: Place, b: Place): number =>
  a.time - b.time || a.seq - b.seq || compareUtf8(a.type, b.type) || compareUtf8(a.id, b.id)

/** Whether a read sees a version at all. */
export const isVisible = (version: Pick<EventVersion, 'recordedAt' | 'knownAt'>, read: Read): boolean =>
  read.as === 'corrected' || (read.as === 'recorded' ? version.recordedAt : version.knownAt) <= read.cutoff

/**
 * The version of one event that holds for a read: the highest visible one, or none when that one is a deletion.
 * `moved` markers never hold; they are left out of the comparison, since the `put` with their stamp stands beside them.
 */
export const holding = (versions: readonly EventVersion[], read: Read): EventVersion | undefined => {
  let best: EventVersion | undefined
  for (const version of versions) {
    if (version.op === 'moved' || !isVisible(version, read)) continue
    if (best === undefined || version.version > best.version) best = version
  }
  return best?.op === 'put' ? best : undefined
}
