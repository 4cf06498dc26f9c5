/** A dead letter: a record that did not fit, why, and where it came from. */
import type { TimeUnit } from '../model/mapping.ts'
import type { KnownAtDefault } from './map/known-at.ts'

/** How it came, and so how it is tried again. */
export type Origin =
  | {
      readonly via: 'import'
      readonly importId: string
      readonly mapping: string
      readonly file: string
      /** What derived ids begin with. */
      readonly source: string
      readonly knownAt?: KnownAtDefault
      /** The file has texts only. */
      readonly isUntyped?: true
      /** Units of time that the file itself states. */
      readonly units?: { readonly [column: string]: TimeUnit }
      /** Which event of the mapping did not fit; left out when the row itself did not. */
      readonly eventIndex?: number
    }
  | { readonly via: 'http'; readonly sourceId: string; readonly seq: number }

export interface NewDeadLetter {
  /** Names it among all: the same key is never kept twice. */
  readonly key: string
  readonly code: Uppercase<string>
  readonly reason: string
  /** Path of the field. */
  readonly at: string
  /** Type of the event, where it is known. */
  readonly event?: string
  /** Row number in its file, or place in its request, from 0. */
  readonly position: number
  readonly origin: Origin
  /** As it came: numbers with all their digits. */
  readonly record: unknown
  /** When it was refused: milliseconds since 1970 UTC. */
  readonly refusedAt: number
}

export interface StoredLetter extends NewDeadLetter {
  /** Counted from 1 in the order of refusal. */
  readonly number: number
}

export interface DeadLetter extends StoredLetter {
  readonly isReplayed: boolean
}
