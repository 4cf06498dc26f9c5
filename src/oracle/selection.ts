/** Which rows of one series a window holds, and how long the window is (docs/semantics.md, "Windows"). */
import type { MergePlan, WindowsPlan } from '../model/plan.ts'
import { durationMs, parseWindow } from '../model/window.ts'
import { periodStart, unitStart } from './calendar.ts'
import type { Row } from './rows.ts'

export interface Selection {
  readonly rows: readonly Row[]
  /** Milliseconds, where the window itself says; else it is the time since the first row. */
  readonly lengthMs?: number
}

export interface Series {
  /** Rows of the key with `time < T`, in order. */
  readonly before: readonly Row[]
  /** The root's own rows, where the definition includes it and the key is its own. */
  readonly root: readonly Row[]
  /** T. */
  readonly time: number
}

export const select = (window: string, plan: WindowsPlan, { before, root, time }: Series): Selection => {
  const spec = parseWindow(window)
  const ending = [...before, ...root]
  switch (spec.kind) {
    case 'lifetime':
      return { rows: ending }
    case 'last': {
      const from = spec.withinMs === undefined ? Number.NEGATIVE_INFINITY : time - spec.withinMs
      const rows = ending.filter((row) => row.event.time >= from).slice(-spec.n)
      return spec.withinMs === undefined ? { rows } : { rows, lengthMs: spec.withinMs }
    }
    case 'calendar': {
      const from = widened(periodStart(spec.unit, time, zoneOf(plan), plan.weekStart), time, plan)
      return { rows: ending.filter((row) => row.event.time >= from), lengthMs: time - from }
    }
    case 'time': {
      const from = widened(time - spec.fromMs, time, plan)
      const to = spec.toMs === 0 ? time : widened(time - spec.toMs, time, plan)
      const rows = (spec.toMs === 0 ? ending : before).filter((row) => row.event.time >= from && (spec.toMs === 0 || row.event.time < to))
      return { rows, lengthMs: to - from }
    }
  }
}

const zoneOf = (plan: WindowsPlan): string => plan.zone ?? 'UTC'

/** An edge before T, moved back to the start of its unit where the definition merges units. */
const widened = (edge: number, time: number, plan: WindowsPlan): number =>
  plan.merge !== undefined && isOld(plan.merge, time - edge) ? unitStart(plan.merge.unit, edge, zoneOf(plan), plan.weekStart ?? 1) : edge

const isOld = ({ olderThan }: MergePlan, ageMs: number): boolean => olderThan === undefined || ageMs >= durationMs(olderThan)
