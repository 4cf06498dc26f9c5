/** Every bench by its name. */
import type { Bench } from './harness/bench.ts'
import { pit } from './pit/pit.ts'
import { decision } from './rows/decision.ts'
import { ingest } from './rows/ingest.ts'
import { query } from './rows/query.ts'

export const benches: readonly Bench[] = [pit, ingest, query, decision]
