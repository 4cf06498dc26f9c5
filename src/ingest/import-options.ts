/** What an import is asked with, and what it says while it runs. */
import type { ProjectPlan } from '../model/plan.ts'
import type { Center } from '../store/center/port.ts'
import type { DeadLetterStore } from './dead-letters.ts'
import type { KnownAtDefault } from './map/known-at.ts'
import type { MapperInput } from './map/mapper.ts'
import type { ReadOptions } from './readers/open.ts'

export const defaultMaxRefused = 100_000

export interface ImportOptions extends ReadOptions {
  readonly file: string
  readonly mapping: MapperInput['mapping']
  /** The mapping is declared nowhere: it is kept with the dead letters, so that they can be tried again. */
  readonly isInferred?: boolean
  readonly plan: Pick<ProjectPlan, 'events'>
  readonly center: Pick<Center, 'import' | 'safe' | 'versions' | 'erasedAt'>
  readonly deadLetters: DeadLetterStore
  /** Milliseconds since 1970 UTC. */
  readonly clock: () => number
  /** When events were known, where the mapping does not say it. */
  readonly knownAt?: KnownAtDefault
  /** What ids of events that declare none begin with, in place of the mapping's name: for a second file of the same form. */
  readonly source?: string
  /** Refusals beyond which the import is given up and leaves nothing behind; of conflicts, which the commit tells, so many become dead letters. */
  readonly maxRefused?: number
  /** Rows read and mapped together (as the format does best), and rows between two syncs (1,000,000). */
  readonly batchRows?: number
  readonly syncRows?: number
  readonly onProgress?: (progress: ImportProgress) => void
  /** Aborting stops the import after the batch it is at; the same call goes on later. */
  readonly signal?: AbortSignal
}

export interface ImportProgress {
  /** Rows behind it, those of an earlier try too. */
  readonly rows: number
  /** Events written and records refused since this call began. */
  readonly events: number
  readonly refused: number
  readonly bytes: number
  readonly totalBytes: number
  readonly totalRows: number | undefined
  readonly ratePerS: number
  /** Undefined until it can be told. */
  readonly etaMs: number | undefined
}
