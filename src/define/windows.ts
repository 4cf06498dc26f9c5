import { MillraceError } from '../base/error.ts'
import { fieldAt, type SchemaPlan } from '../model/field.ts'
import type { FeaturePlan, MergePlan, MergeUnit, WindowsPlan } from '../model/plan.ts'
import { parseWindow } from '../model/window.ts'
import { checkDuration, checkMembers, checkName, checkOneOf, checkOptions, placed, unknownColumn } from './check.ts'
import type { Names } from './columns.ts'
import { columnsOf } from './conditions.ts'
import { type Definition, usedBy } from './definition.ts'
import type { Feature } from './features.ts'
import { type Fetch, fetched, type Pointed } from './fetch.ts'
import { frozenCopy } from './frozen.ts'
import { rowOf } from './row.ts'
import type { Source } from './source.ts'
import type { DurationText, WindowText } from './window-text.ts'

/** A feature's values by window: `spend['1h']`. */
export type Windowed<V, W extends string> = { readonly [K in W]: V }

/** The features of one dimension over one source. `Needs` is what a root must have to name the series, `Node` what main gets. */
export interface Windows<Name extends string, Needs, Node> extends Definition<'windows'>, Fetch<Needs, Node>, Pointed<Needs, Node> {
  readonly name: Name
}

export interface WindowsOptions<Row, By extends string, W extends string, Zone extends string, F, D extends string> {
  readonly of: Source<Row>
  /** One column, or several: a series for each combination. */
  readonly by: By | readonly By[]
  readonly over: readonly WindowText<W, Zone>[]
  /** Where calendar windows and units have their midnight. */
  readonly zone?: Zone
  /** The first day of a week: 1 Monday (unless said) to 7 Sunday. */
  readonly weekStart?: 1 | 2 | 3 | 4 | 5 | 6 | 7
  /** Whether the root itself counts. Not unless said. */
  readonly includeRoot?: boolean
  /**
   * Widens windows back to whole units: all of them, or those that begin longer ago than `olderThan`. Old events may then be
   * kept merged: less memory, windows exact to the unit instead of the millisecond.
   */
  readonly merge?: MergeUnit | { readonly unit: MergeUnit; readonly olderThan?: DurationText<D> }
  readonly features: (row: Row) => F
}

const optionNames = ['of', 'by', 'over', 'zone', 'weekStart', 'includeRoot', 'merge', 'features'] as const
const calendarUnits: readonly MergeUnit[] = ['day', 'week', 'month', 'quarter', 'year']
const mergeUnits: readonly MergeUnit[] = ['second', 'minute', 'hour', ...calendarUnits]

/** Declares features. Throws NAME_INVALID, OPTION_UNKNOWN, OPTION_INVALID, WINDOW_INVALID, WINDOWS_EMPTY, ZONE_MISSING, COLUMN_UNKNOWN. */
export const windows = <
  const Name extends string,
  Row,
  const By extends Names<Row>['dimension'],
  const W extends string,
  F extends { readonly [feature: string]: Feature },
  const Zone extends string = never,
  const D extends string = never,
>(
  name: Name,
  options: WindowsOptions<Row, By, W, Zone, F, D>,
): Windows<
  Name,
  { [K in By]: Row[K] },
  { readonly [K in keyof F]: Windowed<F[K]['~value'], [F[K]['~windows']] extends [never] ? W : F[K]['~windows']> } & {}
> => {
  const at = `windows '${name}'`
  checkName('windows', name)
  checkOptions(at, options, optionNames)
  const plan = frozenCopy(windowsPlan(at, options as never))
  return fetched('windows', { name, plan, by: plan.by, uses: usedBy(options.of) })
}

interface AnyOptions extends Omit<WindowsOptions<never, string, string, string, { readonly [name: string]: Feature }, string>, 'of'> {
  readonly of: Source<unknown>
}

const windowsPlan = (at: string, options: AnyOptions): WindowsPlan => {
  const { of, zone, weekStart, includeRoot = false } = options
  const { row } = of.source
  const by = [options.by].flat()
  if (by.length === 0)
    throw new MillraceError('OPTION_INVALID', 'there is no dimension', { at: `${at}, by`, expected: "a column, such as 'user'" })
  for (const name of by) checkColumn(`${at}, by`, row, name)
  if (weekStart !== undefined) checkOneOf(`${at}, weekStart`, weekStart, [1, 2, 3, 4, 5, 6, 7])
  return {
    of: of.source.of,
    by,
    over: checkedWindows(`${at}, over`, options.over, zone),
    includeRoot,
    ...(zone !== undefined && { zone }),
    ...(weekStart !== undefined && { weekStart }),
    ...(options.merge !== undefined && { merge: mergePlan(`${at}, merge`, options.merge, zone) }),
    features: featurePlans(at, options.features(rowOf(at, row)), row, zone),
  }
}

const mergePlan = (at: string, merge: MergeUnit | MergePlan, zone: string | undefined): MergePlan => {
  const plan = typeof merge === 'string' ? { unit: merge } : { ...merge }
  checkOptions(at, plan, ['unit', 'olderThan'])
  checkOneOf(at, plan.unit, mergeUnits)
  if (plan.olderThan !== undefined) checkDuration(`${at}, olderThan`, plan.olderThan)
  if (zone === undefined && calendarUnits.includes(plan.unit)) zoneMissing(at, plan.unit)
  return plan
}

const featurePlans = (at: string, features: { readonly [name: string]: Feature }, row: SchemaPlan, zone: string | undefined) => {
  checkMembers(at, features)
  const plans = Object.entries(features).map(([name, { plan }]) => [name, checkedFeature(`${at}, feature '${name}'`, plan, row, zone)])
  if (plans.length === 0)
    throw new MillraceError('OPTION_INVALID', 'there is no feature', {
      at,
      hint: 'name at least one: features: () => ({ times: count() })',
    })
  return Object.fromEntries(plans)
}

/** What types cannot see: a feature's own calendar window without a zone, and a column that came from another group's callback. */
const checkedFeature = (at: string, plan: FeaturePlan, row: SchemaPlan, zone: string | undefined): FeaturePlan => {
  if (plan === undefined)
    throw new MillraceError('FEATURE_INVALID', 'not a feature', { at, hint: 'write an aggregate, such as count() or sum(row.amount)' })
  if (plan.over !== undefined) checkedWindows(`${at}, over`, plan.over, zone)
  for (const path of [plan.column, plan.groupBy, ...columnsOf(plan.where)]) if (path !== undefined) checkColumn(at, row, path)
  return plan
}

const checkColumn = (at: string, row: SchemaPlan, path: string): void => {
  if (fieldAt(row, path) === undefined) unknownColumn(at, path, Object.keys(row))
}

const checkedWindows = (at: string, windows: readonly string[], zone: string | undefined): readonly string[] => {
  if (windows.length === 0)
    throw new MillraceError('WINDOWS_EMPTY', 'there is no window', { at, hint: "name at least one, such as over: ['1h']" })
  for (const text of windows) {
    const { kind } = placed(at, () => parseWindow(text))
    if (kind === 'calendar' && zone === undefined) zoneMissing(at, text)
  }
  return [...new Set(windows)]
}

const zoneMissing = (at: string, value: string): never => {
  throw new MillraceError('ZONE_MISSING', 'a calendar needs a zone', { at, value, hint: "add zone: 'Europe/London'" })
}
