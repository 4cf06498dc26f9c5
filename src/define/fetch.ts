import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import type { FetchPlan, FetchSort } from '../model/plan.ts'
import type { Definition, PlansBySort, Uses } from './definition.ts'
import { frozen } from './frozen.ts'

/** Something read below a root. `Needs` are the root's columns it takes its key from, `Node` is what main gets. */
export interface Fetch<Needs, Node> extends Uses {
  readonly '~needs': (root: Needs) => void
  readonly '~node': Node
  readonly fetch: FetchPlan
}

/** What can be read by the key that another field of the root holds. */
export interface Pointed<Needs, Node> {
  /**
   * The same, by other fields of the root: `traffic.at({ origin: 'destination' })`. Dimensions left out keep their own name.
   * Throws DIMENSION_UNKNOWN.
   */
  at<const Fields extends { readonly [K in keyof Needs]?: string }>(
    fields: Fields & { readonly [K in Exclude<keyof Fields, keyof Needs>]: never },
  ): Fetch<{ [K in keyof Needs as K extends keyof Fields ? Fields[K] & string : K]: Needs[K] }, Node>
}

interface FetchedDefinition<Sort extends FetchSort> {
  readonly name: string
  readonly plan: PlansBySort[Sort]
  /** Its dimensions. */
  readonly by: readonly string[]
  readonly uses: readonly Definition[]
}

/** A definition that a job can fetch, as it stands or by other fields of the root. */
export const fetched = <Sort extends FetchSort, T>(sort: Sort, { name, plan, by, uses }: FetchedDefinition<Sort>): T => {
  const definition: object = {
    define: sort,
    name,
    plan,
    uses,
    fetch: { sort, of: name },
    at: (fields: { readonly [dimension: string]: string }) => {
      const wrong = Object.keys(fields).find((dimension) => !by.includes(dimension))
      if (wrong === undefined) return frozen({ fetch: { sort, of: name, at: { ...fields } }, uses: [definition] })
      throw new MillraceError('DIMENSION_UNKNOWN', `there is no dimension '${wrong}'`, {
        at: `${sort} '${name}'`,
        hint: didYouMean(wrong, by),
      })
    },
  }
  return frozen(definition) as T
}
