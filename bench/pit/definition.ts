/** What the `pit` bench asks: count, sum and max of a nullable integer over five windows. */
import type { EventPlan, Named, WindowsPlan } from '../../src/model/plan.ts'
import { compileWindows } from '../../src/windows/compile.ts'
import type { CompiledWindows } from '../../src/windows/compiled.ts'

const events: Named<EventPlan> = {
  payment: {
    kind: 'action',
    subject: 'user',
    time: 'at',
    rows: 'changes',
    data: {
      user: { kind: 'entity', name: 'user' },
      at: { kind: 'time' },
      amount: { kind: 'optional', of: { kind: 'int' } },
    },
  },
}

/** Window → DuckDB's interval. */
export const intervals: Named<string> = { '1h': '1 hour', '6h': '6 hours', '1d': '24 hours', '7d': '168 hours', '30d': '720 hours' }

const plan: WindowsPlan = {
  of: [{ event: 'payment' }],
  by: ['user'],
  over: Object.keys(intervals),
  includeRoot: false,
  features: {
    count: { aggregate: 'count', column: 'amount' },
    sum: { aggregate: 'sum', column: 'amount' },
    max: { aggregate: 'max', column: 'amount' },
  },
}

export const compilePit = (): CompiledWindows => compileWindows('spend', plan, events)

/** Names of the answers' columns, by slot: `sum_7d`. */
export const slotNames = ({ slots, features, windows }: CompiledWindows): readonly string[] =>
  slots.map(({ feature, window }) => `${features[feature]!.name}_${windows[window]!.name}`)
