/** Every bench by its name. */
import type { Bench } from './harness/bench.ts'
import { pit } from './pit/pit.ts'

export const benches: readonly Bench[] = [pit]
