/** Every bench by its name. */

import { flights } from './flights/flights.ts'
import type { Bench } from './harness/bench.ts'
import { pit } from './pit/pit.ts'
import { importing } from './platform/import.ts'
import { memory } from './platform/memory.ts'
import { restart } from './platform/restart.ts'
import { decision } from './rows/decision.ts'
import { ingest } from './rows/ingest.ts'
import { query } from './rows/query.ts'
import { scaling } from './scaling/scaling.ts'

export const benches: readonly Bench[] = [pit, ingest, query, decision, scaling, importing, restart, memory, flights]
