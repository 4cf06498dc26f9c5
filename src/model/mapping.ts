/**
 * How rows of a source become events: plain data, and pure functions for columns that are computed. What `mapping()` builds
 * and the importer reads; documented in docs/plan.md.
 */
import type { FieldPlan } from './field.ts'
import type { ConditionPlan, Literal, Named } from './plan.ts'

export interface MappingPlan {
  /** Column's name in this mapping → what stands in the source. */
  readonly columns: Named<SourceColumnPlan>
  /** In this order for each row; a row may become several events, or none. */
  readonly events: readonly EventMappingPlan[]
}

export interface SourceColumnPlan {
  /** The column's name in the source. */
  readonly name: string
  /** What its values are. A row whose value does not fit is a dead letter. */
  readonly field: FieldPlan
  /** What one whole number of a time means. Left out: the source's own type says it, else milliseconds. */
  readonly unit?: TimeUnit
}

/** Times finer than a millisecond are rounded down to it. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns'

export interface EventMappingPlan {
  readonly event: string
  /** Over the mapping's columns: only rows for which it holds. */
  readonly where?: ConditionPlan
  /** Field of the event → where its value comes from. Fields left out are missing. */
  readonly fields: Named<SourcedValue>
  /** When the business could know the event. Left out: the import asks for it. */
  readonly knownAt?: KnownAtPlan
}

export type SourcedValue =
  | { readonly column: string }
  | { readonly value: Literal }
  /**
   * `by` of the columns' values, in the order of `of`, each as main would see it (time: milliseconds; int64: bigint; decimal:
   * nearest number). Not called, and null, where one of them is null. What it gives is standardised like any input.
   */
  | { readonly of: readonly string[]; readonly by: (...values: readonly never[]) => unknown }

/** A time of its own, or the event's own time and, with `lag` (a duration), so much later. */
export type KnownAtPlan = SourcedValue | { readonly time: 'event'; readonly lag?: string }
