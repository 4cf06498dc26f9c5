import type { Data } from './value.ts'

/**
 * One version of one event: what the log holds, every store keeps and every engine reads.
 *
 * An event has one version unless a fact already recorded was repaired. `put` states the event; `delete` says that it never
 * was; `moved` stands at an old place (time, subject, seq, link) and says that the same-stamped `put` is now elsewhere.
 * Versions of one id are ordered by `version`, which comes from the source, or from the log's position where the source has none.
 */
export interface EventVersion {
  readonly type: string
  readonly id: string
  /** Key of the entity whose event it is. */
  readonly subject: string
  /** When it happened: whole milliseconds since 1970 UTC. */
  readonly time: number
  /** The source's order within one millisecond (row number, binlog position); 0 where it has none. Content, never assigned on arrival. */
  readonly seq: number
  readonly op: 'put' | 'delete' | 'moved'
  /** Orders the versions of one id; the highest one visible holds. */
  readonly version: number
  /** The log's stamp: see `stamp.ts`. */
  readonly recordedAt: number
  /** When the business could know it, in the same form as `recordedAt`. */
  readonly knownAt: number
  readonly data: Data
}

/** Which versions a read sees. `corrected`: all. Else those whose stamp of that kind is at or below the cut-off. */
export type Read =
  | { readonly as: 'corrected' }
  | { readonly as: 'recorded'; readonly cutoff: number }
  | { readonly as: 'known'; readonly cutoff: number }
