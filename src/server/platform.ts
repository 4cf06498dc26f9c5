/** A running Millrace: one project over one data folder. Operations are functions of it; composition makes it. */
import type { Evaluator } from '../jobs/evaluate.ts'
import type { LoadedProject } from '../jobs/project.ts'
import type { Center } from '../store/center/port.ts'
import type { TreeSource } from '../tree/fetch.ts'

export interface Platform {
  readonly project: LoadedProject
  readonly center: Center
  readonly source: TreeSource
  /** The clock of this process, in whole milliseconds; decides nothing that is computed. */
  readonly now: () => number
  /** One evaluator a job, made when first asked for. */
  evaluator(job: string): Evaluator
  close(): Promise<void>
}
