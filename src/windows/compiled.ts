/** A windows definition made ready for the engines: names resolved, texts parsed, types known. Made by `compile.ts`. */
import type { FieldPlan } from '../model/field.ts'
import type { AggregateName, MergeUnit } from '../model/plan.ts'
import type { Value } from '../model/value.ts'
import type { WindowSpec } from '../model/window.ts'
import type { Condition } from './condition.ts'

export interface CompiledWindows {
  readonly name: string
  readonly members: readonly CompiledMember[]
  /** The definition's columns that anything uses, once each: dimensions, features' columns, groups, and what filters read. */
  readonly columns: readonly DefinitionColumn[]
  /** Which columns name a series, in the plan's order. */
  readonly dimensions: readonly number[]
  /** Each different window of any feature, once. */
  readonly windows: readonly CompiledWindow[]
  readonly features: readonly CompiledFeature[]
  /** Feature × window, features in the plan's order, each with its windows in theirs. */
  readonly slots: readonly Slot[]
  readonly zone?: string
  /** 1 Monday … 7 Sunday. */
  readonly weekStart: number
  readonly includeRoot: boolean
  readonly merge?: { readonly unit: MergeUnit; readonly olderThanMs: number }
  /** No event with a time below `T − reachMs` can matter; Infinity for lifetimes and `last n`. */
  readonly reachMs: number
}

export interface CompiledMember {
  readonly event: string
  /** Over the event's own fields. */
  readonly where?: Condition
  /** Definition column → path in the event's data. */
  readonly sources: readonly string[]
  /** What a scan must ask for: `sources` and what `where` reads, once each. */
  readonly paths: readonly string[]
  /** The place of the type's name among the definition's, by UTF-8 bytes: orders rows of equal time and seq. */
  readonly typeRank: number
}

export interface DefinitionColumn {
  readonly name: string
  /** Optional when it is in any member. */
  readonly field: FieldPlan
}

export interface CompiledWindow {
  /** Its text, which is its name. */
  readonly name: string
  readonly spec: WindowSpec
}

export interface CompiledFeature {
  readonly name: string
  readonly aggregate: AggregateName
  /** Index into `columns`. */
  readonly column?: number
  /** Over the definition's columns, by their names. */
  readonly where?: Condition
  /** Equal for features whose `where` is the same. */
  readonly whereKey?: string
  /** Index into `columns`. */
  readonly groupBy?: number
  readonly options: CompiledOptions
  /** In place of null (with `groupBy`, of a group's); null where none is declared. Held as `output` says. */
  readonly fallback: Value
  readonly output: Output
}

/** All options resolved; those an aggregate has no use for hold their defaults. */
export interface CompiledOptions {
  /** collect, distinct. */
  readonly limit: number
  /** firstK, lastK, topK, mostFrequent. */
  readonly k: number
  /** percentile: the rank is ceil(n · part / whole), both whole numbers. */
  readonly part: bigint
  readonly whole: bigint
  /** histogram: ascending, in the form the column's values are held in (decimals: may lie between two units). */
  readonly bounds: readonly number[]
  /** histogram: the same exactly, as whole numbers of the column's units: a value is at or above bound i when it is at least `unitBounds[i]`. Not for doubles. */
  readonly unitBounds: readonly bigint[]
  /** rate. */
  readonly perMs: number
  /** decayedSum. */
  readonly halfLifeMs: number
  readonly sketched: boolean
}

/**
 * How an answer is held. `number`: a double in the slot's place of a Float64Array, NaN for null. `value`: in the slot's place of a
 * `Value[]`, as value.ts says for `field`; with `grouped`, an object from a group's text to one such value.
 */
export interface Output {
  readonly store: 'number' | 'value'
  readonly field: FieldPlan
  readonly grouped: boolean
}

export interface Slot {
  /** Its own index. */
  readonly index: number
  /** Index into `features`. */
  readonly feature: number
  /** Index into `windows`. */
  readonly window: number
}
