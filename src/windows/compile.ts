/** Checks a windows definition against the declared events and makes it ready for the engines. */
import { MillraceError } from '../base/error.ts'
import { compareUtf8 } from '../base/utf8.ts'
import { fieldAt } from '../model/field.ts'
import type { EventPlan, MergeUnit, Named, WindowsPlan } from '../model/plan.ts'
import { durationMs, parseWindow, type WindowSpec } from '../model/window.ts'
import { checkZone } from './calendar.ts'
import { createColumns, type DefinitionColumns, type MemberScope, memberScope, type UsedColumn } from './columns.ts'
import { compileFeature, type FeatureScope } from './compile-feature.ts'
import type { CompiledMember, CompiledWindow, CompiledWindows, Slot } from './compiled.ts'
import { compileCondition } from './condition.ts'
import { isScalar } from './fields.ts'

/**
 * Throws a MillraceError that names where and what would have been right: EVENT_UNKNOWN, COLUMN_UNKNOWN, COLUMN_TYPE,
 * AGGREGATE_UNKNOWN, OPTION_UNKNOWN, OPTION_INVALID, WINDOW_INVALID, DURATION_INVALID, ZONE_MISSING, ZONE_INVALID,
 * WINDOWS_EMPTY, CONDITION_TYPE, CONDITION_INVALID, LITERAL_INVALID, SKETCH_UNSUPPORTED.
 */
export const compileWindows = (name: string, plan: WindowsPlan, events: Named<EventPlan>): CompiledWindows => {
  const at = `windows.${name}`
  const members = plan.of.map((member, i) => memberScope(member, events, `${at}.of[${i}]`))
  if (members.length === 0) throw empty(`${at}.of`, 'it reads no event', 'at least one event')
  const columns = createColumns(members, at)
  const dimensions = dimensionsOf(plan, columns, at)
  const windows = new Map<string, CompiledWindow>()
  const windowOf = (text: string, where: string): number => addWindow(windows, text, where)
  const defaults = plan.over.map((text, i) => windowOf(text, `${at}.over[${i}]`))
  const features = Object.entries(plan.features).map(([feature, of]) => {
    const scope: FeatureScope = { at: `${at}.features.${feature}`, columns, windowOf, defaults }
    return compileFeature(feature, of, scope)
  })
  if (features.length === 0) throw empty(`${at}.features`, 'it has no feature', 'at least one feature')
  const compiledWindows = [...windows.values()]
  checkTimes(plan, compiledWindows, at)
  return {
    name,
    members: members.map((scope) => compileMember(scope, columns.used, members)),
    columns: columns.used.map(({ name: column, field }) => ({ name: column, field })),
    dimensions,
    windows: compiledWindows,
    features: features.map(({ compiled }) => compiled),
    slots: slotsOf(features.map((feature) => feature.windows)),
    ...(plan.zone !== undefined && { zone: plan.zone }),
    weekStart: plan.weekStart ?? 1,
    includeRoot: plan.includeRoot,
    ...(plan.merge !== undefined && {
      merge: { unit: plan.merge.unit, olderThanMs: plan.merge.olderThan === undefined ? 0 : durationMs(plan.merge.olderThan) },
    }),
    reachMs: reachOf(compiledWindows, plan.merge),
  }
}

const empty = (at: string, message: string, expected: string): MillraceError =>
  new MillraceError('OPTION_INVALID', message, { at, expected })

const dimensionsOf = (plan: WindowsPlan, columns: DefinitionColumns, at: string): readonly number[] => {
  if (plan.by.length === 0) throw empty(`${at}.by`, 'there is no dimension', 'at least one column')
  return plan.by.map((name) => {
    const index = columns.index(name, `${at}.by`)
    if (isScalar(columns.used[index]!.field)) return index
    throw new MillraceError('COLUMN_TYPE', 'a list or object cannot name a series', { at: `${at}.by`, value: name, expected: 'a scalar' })
  })
}

const addWindow = (windows: Map<string, CompiledWindow>, text: string, at: string): number => {
  if (!windows.has(text)) windows.set(text, { name: text, spec: placedWindow(text, at) })
  return [...windows.keys()].indexOf(text)
}

const placedWindow = (text: string, at: string): WindowSpec => {
  try {
    return parseWindow(text)
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    throw new MillraceError(error.code, 'not a window', { ...error.details, at })
  }
}

const checkTimes = ({ zone, weekStart = 1, merge }: WindowsPlan, windows: readonly CompiledWindow[], at: string): void => {
  const calendar = windows.find(({ spec }) => spec.kind === 'calendar')
  const isMergedByCalendar = merge !== undefined && !['second', 'minute', 'hour'].includes(merge.unit)
  if (zone === undefined && (calendar !== undefined || isMergedByCalendar)) {
    throw new MillraceError('ZONE_MISSING', 'a calendar needs a time zone', {
      at,
      value: calendar?.name ?? merge?.unit,
      hint: "say whose midnight it is: zone: 'Europe/London', or zone: 'UTC'",
    })
  }
  if (zone !== undefined) checkZone(zone, `${at}.zone`)
  if (!Number.isInteger(weekStart) || weekStart < 1 || weekStart > 7) {
    throw new MillraceError('OPTION_INVALID', 'not a day of the week', {
      at: `${at}.weekStart`,
      value: weekStart,
      expected: '1 (Monday) to 7 (Sunday)',
    })
  }
}

const compileMember = (scope: MemberScope, columns: readonly UsedColumn[], members: readonly MemberScope[]): CompiledMember => {
  const { plan, event, at } = scope
  const where =
    plan.where === undefined
      ? undefined
      : compileCondition(plan.where, {
          at: `${at}.where`,
          names: Object.keys(event.data),
          column: (path) => {
            const field = fieldAt(event.data, path)
            return field && { path, field }
          },
        })
  const i = members.indexOf(scope)
  const sources = columns.map((column) => column.sources[i]!)
  const types = [...new Set(members.map((member) => member.plan.event))].sort(compareUtf8)
  return {
    event: plan.event,
    ...(where !== undefined && { where }),
    sources,
    paths: [...new Set([...sources, ...(where?.paths ?? [])])],
    typeRank: types.indexOf(plan.event),
  }
}

const slotsOf = (windows: readonly (readonly number[])[]): readonly Slot[] =>
  windows.flatMap((list, feature) => list.map((window) => ({ feature, window }))).map((slot, index) => ({ index, ...slot }))

const dayMs = 86_400_000
/** Days of the longest such unit, and two more: a zone may once have skipped or repeated a day, and midnights move. */
const unitDays = { day: 3, week: 9, month: 33, quarter: 94, year: 368 } as const
const smallUnitMs = { second: 1_000, minute: 60_000, hour: 3_600_000 } as const

/** How far before a root's time an event can matter to any of these windows. */
export const reachOf = (windows: readonly CompiledWindow[], merge: { readonly unit: MergeUnit } | undefined): number => {
  const reach = Math.max(...windows.map(({ spec }) => specReach(spec)))
  if (merge === undefined) return reach
  return reach + (merge.unit in smallUnitMs ? smallUnitMs[merge.unit as 'hour'] : unitDays[merge.unit as 'day'] * dayMs)
}

const specReach = (spec: WindowSpec): number => {
  switch (spec.kind) {
    case 'time':
      return spec.fromMs
    case 'last':
      return spec.withinMs ?? Number.POSITIVE_INFINITY
    case 'calendar':
      return unitDays[spec.unit] * dayMs
    case 'lifetime':
      return Number.POSITIVE_INFINITY
  }
}
