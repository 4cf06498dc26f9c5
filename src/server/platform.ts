/** A running Millrace: one project over one data folder. Operations are functions of it; `compose.ts` makes it. */
import type { DeadLetterStore } from '../ingest/dead-letters.ts'
import type { Evaluator } from '../jobs/evaluate.ts'
import type { LoadedProject } from '../jobs/project.ts'
import type { Center } from '../store/center/port.ts'
import type { EmbeddedSeries } from '../store/series/embedded/series.ts'
import type { TreeSource } from '../tree/fetch.ts'
import type { Warmth } from './warmth.ts'

export interface Platform {
  readonly project: LoadedProject
  /** Where the data lies, absolute. */
  readonly folder: string
  readonly center: Center
  readonly series: EmbeddedSeries
  readonly warmth: Warmth
  readonly source: TreeSource
  readonly deadLetters: DeadLetterStore
  /** The clock of this process, in whole milliseconds; decides nothing that is computed. */
  readonly now: () => number
  /** One evaluator a job, made when first asked for. */
  evaluator(job: string): Evaluator
  close(): Promise<void>
}
