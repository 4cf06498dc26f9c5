/** A way to have operations performed, in this process or in the one that holds the data folder. */
import type { Hooks } from './operations/progress.ts'
import type { InputOf, OperationName, OutputOf } from './operations/registry.ts'

export interface Connection {
  perform<N extends OperationName>(name: N, input: InputOf<N>, hooks?: Hooks): Promise<OutputOf<N>>
  close(): Promise<void>
}
