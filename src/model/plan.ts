/**
 * The frozen plan of a project: definitions as data. Plain JSON, documented in docs/plan.md; what the registry stores, cases
 * state, and every engine and backend reads. Builders in `define/` make it; nothing below them knows how it was written.
 */
import type { SchemaPlan } from './field.ts'

export const planFormat = 'millrace-plan/1'

export interface ProjectPlan {
  readonly format: typeof planFormat
  readonly events: Named<EventPlan>
  readonly windows: Named<WindowsPlan>
  readonly states: Named<StatePlan>
  readonly behaviours: Named<BehaviourPlan>
  readonly links: Named<LinksPlan>
  readonly jobs: Named<JobPlan>
}

export type Named<T> = { readonly [name: string]: T }

export interface EventPlan {
  /** `state`: sets something that holds until the next one. `action`: it happened, and is over. */
  readonly kind: 'action' | 'state'
  /** The entity field that says whose event it is. */
  readonly subject: string
  /** The time field that says when it happened. */
  readonly time: string
  /** An int field that orders events of one millisecond. Left out: the source's row number, or 0. */
  readonly seq?: string
  /** Fields that make it unique. Left out: its position in its source. */
  readonly id?: readonly string[]
  /** An int field that orders corrections. Left out: the log's position. */
  readonly version?: string
  /** What an update of a source's row is: an event of its own (`changes`, the default) or a correction (`facts`). */
  readonly rows: 'changes' | 'facts'
  readonly stream?: string
  /** Loaded whole into the hot tier. */
  readonly core?: boolean
  /** Whether a call of a job on this type appends an event of it; else the call is a request event, which no window counts. */
  readonly callAppends?: boolean
  readonly data: SchemaPlan
  /** Earlier names of fields: new name → old names. */
  readonly aliases?: Named<readonly string[]>
}

/** One event type read by a definition: filtered, and with its columns renamed for a union. */
export interface MemberPlan {
  readonly event: string
  readonly where?: ConditionPlan
  /** Column's name in the definition → path in the event's data. Left out: every field under its own name. */
  readonly columns?: Named<string>
}

/** A scalar that a condition compares with, in JSON form (decimals and int64 may be text). */
export type Literal = string | number | boolean

/**
 * A yes-or-no question about one event. Comparisons are false where a side is missing; `isNull` asks for that; `not-of` negates.
 * `below`, `atMost`, `above`, `atLeast` compare numbers and times; `is` and `not` any scalar; `contains` a list.
 */
export type ConditionPlan =
  | { readonly op: 'and' | 'or'; readonly of: readonly ConditionPlan[] }
  | { readonly op: 'not-of'; readonly of: ConditionPlan }
  | { readonly op: 'isNull'; readonly column: string }
  | { readonly op: 'in'; readonly column: string; readonly values: readonly Literal[] }
  | { readonly op: Comparison; readonly column: string; readonly value: Literal }
  | { readonly op: Comparison; readonly column: string; readonly other: string }

export type Comparison = 'is' | 'not' | 'below' | 'atMost' | 'above' | 'atLeast' | 'startsWith' | 'contains'

export const aggregateNames = [
  'count',
  'sum',
  'mean',
  'min',
  'max',
  'variance',
  'variancePop',
  'deviation',
  'deviationPop',
  'collect',
  'distinct',
  'distinctCount',
  'first',
  'last',
  'firstK',
  'lastK',
  'topK',
  'mostFrequent',
  'percentile',
  'histogram',
  'rate',
  'decayedSum',
  'timeSince',
] as const
export type AggregateName = (typeof aggregateNames)[number]

export interface FeaturePlan {
  readonly aggregate: AggregateName
  readonly column?: string
  readonly options?: FeatureOptions
  readonly where?: ConditionPlan
  readonly groupBy?: string
  /** Its own windows, in place of the definition's. */
  readonly over?: readonly string[]
  /** In place of null. With `groupBy`: in place of a group's null. */
  readonly default?: unknown
}

export interface FeatureOptions {
  /** collect: the latest so many (1,000 unless set). distinct: the first so many to appear (1,000 unless set). */
  readonly limit?: number
  /** firstK, lastK, topK, mostFrequent. */
  readonly k?: number
  /** percentile: above 0, at most 100. */
  readonly percent?: number
  /** histogram: ascending. */
  readonly bounds?: readonly number[]
  /** rate: a duration. */
  readonly per?: string
  /** decayedSum: a duration. */
  readonly halfLife?: string
  /** distinctCount, percentile: a sketch instead of the exact value. */
  readonly sketched?: boolean
}

export type CalendarUnit = 'day' | 'week' | 'month' | 'quarter' | 'year'
export type MergeUnit = 'second' | 'minute' | 'hour' | CalendarUnit

export interface MergePlan {
  readonly unit: MergeUnit
  /** Only windows that begin longer ago than this duration are widened to whole units. Left out: all. */
  readonly olderThan?: string
}

export interface WindowsPlan {
  readonly of: readonly MemberPlan[]
  /** Columns whose values together name a series. */
  readonly by: readonly string[]
  readonly over: readonly string[]
  /** Where calendar windows and units have their midnight. */
  readonly zone?: string
  /** The first day of a week: 1 Monday (ISO 8601, the default) … 7 Sunday. */
  readonly weekStart?: number
  readonly includeRoot: boolean
  readonly merge?: MergePlan
  readonly features: Named<FeaturePlan>
}

/** The latest event of a state-change kind before the root's time; with `last` above 1 the latest so many. */
export interface StatePlan {
  readonly of: MemberPlan
  readonly by: string
  readonly last: number
}

/** Events of several kinds as one activity: the latest `last` before the root's time, in time order. */
export interface BehaviourPlan {
  readonly of: readonly MemberPlan[]
  readonly by: string
  readonly last: number
  readonly within?: string
}

/** The entities met by way of one entity's events, most recent first. */
export interface LinksPlan {
  readonly of: readonly MemberPlan[]
  readonly from: string
  readonly to: string
  readonly last: number
  readonly within?: string
}

export type FetchSort = 'windows' | 'state' | 'behaviour' | 'links'

export interface FetchPlan {
  readonly sort: FetchSort
  /** Name of the definition. */
  readonly of: string
  /** Dimension of the definition → field of the root that holds its key. Left out: the field of the same name. */
  readonly at?: Named<string>
}

export type TriggerPlan =
  | { readonly on: 'event'; readonly event: string; readonly where?: ConditionPlan }
  | { readonly on: 'anyOf'; readonly parts: readonly TriggerPlan[] }
  | { readonly on: 'request'; readonly subject?: string; readonly data: SchemaPlan }
  | { readonly on: 'delay'; readonly by: string; readonly of: TriggerPlan }
  | { readonly on: 'absence'; readonly of: TriggerPlan; readonly after: TriggerPlan; readonly by: string; readonly within: string }
  | { readonly on: 'sequence'; readonly steps: readonly TriggerPlan[]; readonly by: string; readonly within: string }
  | { readonly on: 'schedule'; readonly cron: string; readonly zone: string; readonly each: string }

export type OutputPlan =
  | { readonly to: 'file'; readonly path: string }
  | { readonly to: 'table'; readonly name: string }
  | { readonly to: 'features'; readonly by: string }
  | { readonly to: 'topic' | 'queue'; readonly name: string }
  | { readonly to: 'webhook'; readonly url: string }

export interface JobPlan {
  readonly on: TriggerPlan
  readonly fetch: Named<FetchPlan>
  readonly returns: SchemaPlan
  readonly output: readonly OutputPlan[]
  /** `arrival`: behaviours, states and links see what was recorded by the cut-off whatever its time. Default: `event`. */
  readonly asOf: 'event' | 'arrival'
  /** Added to a root's stamp to give its cut-off, a duration. */
  readonly grace?: string
  /** Runs a root again when a late or corrected event falls inside its tree within this duration. */
  readonly revise?: string
  /** Runs without waiting for safe time; results are marked and never compared. */
  readonly fresh?: boolean
}
