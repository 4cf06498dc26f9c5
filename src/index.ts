/** The public entry of `millrace`: what a user imports to define events, features and jobs, to map sources, and to call a server. */
export { type ErrorCode, type ErrorDetails, MillraceError } from './base/error.ts'
export { type Behaviour, behaviour, type Link, type Links, links, type State, state } from './define/behaviour.ts'
export { checkProject } from './define/check-project.ts'
export { type Client, type ClientOptions, client, type ReadOptions, type Sent } from './define/client.ts'
export type {
  BooleanColumn,
  Column,
  Condition,
  DecimalColumn,
  EnumColumn,
  Int64Column,
  IntColumn,
  KeyColumn,
  ListColumn,
  MeasureColumn,
  NumberColumn,
  OrderedColumn,
  ScalarColumn,
  TextColumn,
  TimeColumn,
} from './define/columns.ts'
export { not } from './define/conditions.ts'
export { type EventType, event } from './define/event.ts'
export type { Event } from './define/event-value.ts'
export {
  type Aggregate,
  collect,
  count,
  decayedSum,
  deviation,
  deviationPop,
  distinct,
  distinctCount,
  type Feature,
  first,
  firstK,
  type Groups,
  histogram,
  last,
  lastK,
  max,
  mean,
  min,
  mostFrequent,
  percentile,
  type Ranked,
  rate,
  sum,
  timeSince,
  topK,
  variance,
  variancePop,
} from './define/features.ts'
export type { Fetch } from './define/fetch.ts'
export {
  type BooleanField,
  boolean,
  type DecimalField,
  type DoubleField,
  decimal,
  double,
  type Entity,
  type EnumField,
  entity,
  type Int64Field,
  type IntField,
  int,
  int64,
  type ListField,
  list,
  type ObjectField,
  type OptionalField,
  object,
  oneOf,
  optional,
  type Schema,
  type StringField,
  string,
  type TimeField,
  time,
} from './define/fields.ts'
export { freeze } from './define/freeze.ts'
export { type Job, job, type NodeMeta } from './define/job.ts'
export {
  type Computed,
  column,
  compute,
  type EventMapping,
  into,
  type MappingDefinition,
  mapping,
  type SourceColumn,
} from './define/mapping.ts'
export { featureStore, file, type Output, queue, table, topic, webhook } from './define/output.ts'
export { type Project, project } from './define/project.ts'
export { type RowOf, type Source, union } from './define/source.ts'
export { type Stream, stream } from './define/stream.ts'
export { absence, anyOf, delay, request, schedule, sequence, type Trigger } from './define/trigger.ts'
export type { Decimal, Json, Moment } from './define/types.ts'
export { type Windowed, type Windows, windows } from './define/windows.ts'
export type { ProjectPlan } from './model/plan.ts'
