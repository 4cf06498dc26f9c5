import { MillraceError } from '../base/error.ts'
import type { SchemaPlan } from '../model/field.ts'
import type { JobPlan } from '../model/plan.ts'
import { checkDuration, checkMembers, checkName, checkOneOf, checkOptions } from './check.ts'
import type { Names } from './columns.ts'
import { type Definition, usedBy } from './definition.ts'
import type { Fetch } from './fetch.ts'
import type { DataOf, Schema } from './fields.ts'
import { frozen, frozenCopy } from './frozen.ts'
import type { Output } from './output.ts'
import type { Trigger } from './trigger.ts'
import type { Show } from './types.ts'
import type { DurationText } from './window-text.ts'

/** What main gets: the root, the moment as of which it is seen, and what was fetched, by name. */
export type Tree<Root, F extends Fetches<never>> = Show<
  { readonly root: Root; readonly time: number; readonly meta?: { readonly [K in keyof F]?: NodeMeta } } & {
    readonly [K in keyof F]: F[K]['~node']
  }
>

/** What a node does not show: events (of links: entities) that its bound left out, and the unit its windows are widened to. */
export interface NodeMeta {
  readonly cut?: number
  readonly granularity?: string
}

export interface Fetches<Row> {
  readonly [name: string]: Fetch<Row, unknown>
}

/** A job as the engine reads it: a plan, and the pure function that goes with it. */
export interface JobDefinition extends Definition<'job'> {
  readonly main: (tree: never) => unknown
}

export interface Job<Name extends string, Input, Tree, Result, Kept extends string> extends JobDefinition {
  readonly '~input': Input
  readonly '~tree': Tree
  readonly '~result': Result
  readonly '~kept': Kept
  readonly name: Name
  readonly main: (tree: Tree) => Result
}

type EntityIn<Row, By> = By extends keyof Row ? (Row[By] extends { readonly '~entity': infer Name extends string } ? Name : never) : never

export interface JobOptions<Root, Row, Input, F extends Fetches<Row>, R extends Schema, By extends string, D extends string> {
  readonly on: Trigger<Root, Row, Input>
  readonly fetch: F & { readonly root?: never; readonly time?: never; readonly meta?: never }
  /** What main gives back, and what every reader of it may rely on. */
  readonly returns: R
  /** A pure function of the tree: no clock, no randomness, no input or output. */
  readonly main: (tree: Tree<Root, F>) => DataOf<R>
  /** Where live results go. Live streams are to come: this version does nothing by it, `batch` writes where it is told. */
  readonly output?: readonly Output<By>[]
  /** `arrival`: behaviours, states and links see what was recorded by the cut-off whatever its time. `event` unless said. */
  readonly asOf?: 'event' | 'arrival'
  /** Waits so long for late events before the root is computed. */
  readonly grace?: DurationText<D>
  /** Computes a root again when a late or corrected event falls inside its tree within this time. For live streams, to come. */
  readonly revise?: DurationText<D>
  /** Does not wait until everything recorded before the root is readable. Results are marked, and never compared. For live streams, to come. */
  readonly fresh?: boolean
}

const optionNames = ['on', 'fetch', 'returns', 'main', 'output', 'asOf', 'grace', 'revise', 'fresh'] as const
const takenNames = ['root', 'time', 'meta']

/** Declares a job. Throws NAME_INVALID, NAME_TAKEN, OPTION_UNKNOWN, OPTION_INVALID, DURATION_INVALID, MAIN_INVALID. */
export const job = <
  const Name extends string,
  Root,
  Row,
  Input,
  F extends Fetches<Row>,
  const R extends Schema,
  const By extends Names<Row>['entity'] = never,
  const D extends string = never,
>(
  name: Name,
  options: JobOptions<Root, Row, Input, F, R, By, D>,
): Job<Name, Input, Tree<Root, F>, DataOf<R>, EntityIn<Row, By>> => {
  const given = options as unknown as AnyOptions
  checkName('a job', name)
  checkJob(`job '${name}'`, given)
  const uses = usedBy(given.on, ...Object.values(given.fetch))
  return frozen({ define: 'job', name, main: given.main, plan: frozenCopy(jobPlan(given)), uses }) as never
}

interface AnyOptions extends Omit<JobOptions<unknown, never, unknown, Fetches<never>, Schema, string, string>, 'main' | 'fetch'> {
  readonly fetch: Fetches<never>
  readonly main: (tree: never) => unknown
}

const jobPlan = ({ on, fetch, returns, output = [], asOf = 'event', grace, revise, fresh }: AnyOptions): JobPlan => ({
  on: on.trigger,
  fetch: Object.fromEntries(Object.entries(fetch).map(([name, part]) => [name, part.fetch])),
  returns: { ...returns } as unknown as SchemaPlan,
  output: output.map((part) => part.output),
  asOf,
  ...(grace !== undefined && { grace }),
  ...(revise !== undefined && { revise }),
  ...(fresh !== undefined && { fresh }),
})

const checkJob = (at: string, options: AnyOptions): void => {
  const { fetch, returns, main, asOf = 'event', grace, revise } = options
  checkOptions(at, options, optionNames)
  checkMembers(`${at}, fetch`, fetch)
  checkMembers(`${at}, returns`, returns)
  checkOneOf(`${at}, asOf`, asOf, ['event', 'arrival'])
  if (grace !== undefined) checkDuration(`${at}, grace`, grace)
  if (revise !== undefined) checkDuration(`${at}, revise`, revise)
  for (const taken of takenNames.filter((name) => Object.hasOwn(fetch, name))) {
    throw new MillraceError('NAME_TAKEN', `'${taken}' is the tree's own`, { at: `${at}, fetch`, hint: 'give the fetch another name' })
  }
  if (typeof main !== 'function' || /Async|Generator/.test(main.constructor.name)) {
    throw new MillraceError('MAIN_INVALID', 'main is not a plain function', { at, expected: '(tree) => result, which waits for nothing' })
  }
}
