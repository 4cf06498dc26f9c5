/** The aggregates that come from sums. */
import type { AggregateName } from '../../model/plan.ts'

export type SumAggregate = 'sum' | 'mean' | 'variance' | 'variancePop' | 'deviation' | 'deviationPop'

export const isSumAggregate = (name: AggregateName): name is SumAggregate =>
  ['sum', 'mean', 'variance', 'variancePop', 'deviation', 'deviationPop'].includes(name)

/** The fewest values the aggregate is of. */
export const leastValues = (aggregate: SumAggregate): number => (aggregate === 'variance' || aggregate === 'deviation' ? 2 : 1)
