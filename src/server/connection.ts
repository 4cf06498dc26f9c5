/** A way to have operations performed, in this process or in the one that holds the data folder. */
import type { Hooks } from './operations/progress.ts'
import { type InputOf, type OperationName, type OutputOf, performOn } from './operations/registry.ts'
import type { Platform } from './platform.ts'

export interface Connection {
  perform<N extends OperationName>(name: N, input: InputOf<N>, hooks?: Hooks): Promise<OutputOf<N>>
  close(): Promise<void>
}

export const connectLocal = (platform: Platform): Connection => ({
  perform: (name, input, hooks = {}) => performOn(platform, name, input, hooks) as never,
  close: () => platform.close(),
})
