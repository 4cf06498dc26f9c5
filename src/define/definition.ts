import type { BehaviourPlan, EventPlan, JobPlan, LinksPlan, StatePlan, WindowsPlan } from '../model/plan.ts'

/** What a definition's plan is, by sort. */
export interface PlansBySort {
  readonly event: EventPlan
  readonly windows: WindowsPlan
  readonly state: StatePlan
  readonly behaviour: BehaviourPlan
  readonly links: LinksPlan
  readonly job: JobPlan
}

export type DefinitionSort = keyof PlansBySort

/** A definition as the engines read it: a sort, a name, and plain frozen JSON. */
export interface Definition<Sort extends DefinitionSort = DefinitionSort> extends Uses {
  readonly define: Sort
  readonly name: string
  readonly plan: PlansBySort[Sort]
}

/** Whatever is made of definitions keeps them, so that a project need not name what its jobs already reach. */
export interface Uses {
  readonly uses: readonly Definition[]
}

/** The definitions a part stands for: itself where it is one, else those it was made of. */
export const usedBy = (...parts: readonly Uses[]): readonly Definition[] =>
  parts.flatMap((part) => ('define' in part ? [part as Definition] : part.uses))
