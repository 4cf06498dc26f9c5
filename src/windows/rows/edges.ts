/** Where the windows of a definition begin and end for a root's time (docs/semantics.md, "Windows"). */
import { type Calendar, createCalendar } from '../calendar.ts'
import type { CompiledWindows } from '../compiled.ts'

/** For each window of a definition; filled by `setEdges`, and good until the next call. */
export interface Edges {
  /** Rows with from ≤ time < to; −Infinity where there is no lower bound. */
  readonly from: Float64Array
  readonly to: Float64Array
  /** Of these the last so many; Infinity where all count. */
  readonly last: Float64Array
  /** 1 where the window ends at the root, and so holds an included root. */
  readonly endsAtRoot: Uint8Array
  /** What `rate` divides by; NaN where it is the time since the first row. */
  readonly lengthMs: Float64Array
}

/** Sets the edges of one definition's windows for a root's time. */
export const createEdges = (compiled: CompiledWindows): { readonly edges: Edges; set(time: number): void } => {
  const count = compiled.windows.length
  const edges: Edges = {
    from: new Float64Array(count),
    to: new Float64Array(count),
    last: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    endsAtRoot: new Uint8Array(count).fill(1),
    lengthMs: new Float64Array(count),
  }
  const calendar = createCalendar(compiled.zone, compiled.weekStart)
  const setting: Setting = { compiled, time: 0, calendar, widened: widening(compiled, calendar) }
  return {
    edges,
    set: (time) => {
      setting.time = time
      for (let w = 0; w < count; w++) setEdge(edges, w, setting)
    },
  }
}

/** An edge before the root moves back to the start of its unit, where the definition merges units of that age. */
const widening = ({ merge }: CompiledWindows, calendar: Calendar): ((edge: number, time: number) => number) => {
  if (merge === undefined) return (edge) => edge
  return (edge, time) => (time - edge >= merge.olderThanMs ? calendar.startOf(merge.unit, edge) : edge)
}

interface Setting {
  readonly compiled: CompiledWindows
  time: number
  readonly calendar: Calendar
  readonly widened: (edge: number, time: number) => number
}

const setEdge = (edges: Edges, w: number, { compiled, time, calendar, widened }: Setting): void => {
  const { spec } = compiled.windows[w]!
  edges.to[w] = time
  switch (spec.kind) {
    case 'time':
      edges.from[w] = widened(time - spec.fromMs, time)
      if (spec.toMs > 0) {
        edges.to[w] = widened(time - spec.toMs, time)
        edges.endsAtRoot[w] = 0
      }
      edges.lengthMs[w] = edges.to[w]! - edges.from[w]!
      break
    case 'calendar':
      edges.from[w] = widened(calendar.startOf(spec.unit, time), time)
      edges.lengthMs[w] = time - edges.from[w]!
      break
    case 'last':
      edges.from[w] = spec.withinMs === undefined ? Number.NEGATIVE_INFINITY : time - spec.withinMs
      edges.last[w] = spec.n
      edges.lengthMs[w] = spec.withinMs ?? Number.NaN
      break
    case 'lifetime':
      edges.from[w] = Number.NEGATIVE_INFINITY
      edges.lengthMs[w] = Number.NaN
  }
}
