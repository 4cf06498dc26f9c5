/** Where a window begins and ends in time. */
import type { Calendar } from '../calendar.ts'
import type { CompiledWindow, CompiledWindows } from '../compiled.ts'
import type { RootRun } from './root-run.ts'

/** By root of a run. */
export interface EdgeArrays {
  readonly from: Float64Array
  readonly to: Float64Array
  readonly length: Float64Array
}

export interface Edges {
  /** A window's edges and length for each root of a run; −Infinity where it has no first edge, NaN for a length since its first row. */
  fill(run: RootRun, into: EdgeArrays): void
  /** Whether a window ends at its root's time. */
  readonly endsAtRoot: boolean
}

export const edgesOf = (spec: CompiledWindow['spec'], { merge }: Pick<CompiledWindows, 'merge'>, calendar: Calendar): Edges => {
  const edges = singleEdges(spec, merge, calendar)
  const isPlain = spec.kind === 'time' && merge === undefined
  return { fill: isPlain ? fillPlain(spec.fromMs, spec.toMs) : fillEach(edges), endsAtRoot: edges.endsAtRoot }
}

const fillPlain =
  (fromMs: number, toMs: number): Edges['fill'] =>
  ({ count, time }, { from, to, length }) => {
    for (let i = 0; i < count; i++) {
      from[i] = time[i]! - fromMs
      to[i] = time[i]! - toMs
      length[i] = fromMs - toMs
    }
  }

const fillEach =
  (edges: SingleEdges): Edges['fill'] =>
  ({ count, time }, { from, to, length }) => {
    for (let i = 0; i < count; i++) {
      from[i] = edges.from(time[i]!)
      to[i] = edges.to(time[i]!)
      length[i] = edges.length(from[i]!, to[i]!)
    }
  }

/** For one root's time. */
interface SingleEdges {
  from(time: number): number
  to(time: number): number
  length(from: number, to: number): number
  readonly endsAtRoot: boolean
}

const singleEdges = (spec: CompiledWindow['spec'], merge: CompiledWindows['merge'], calendar: Calendar): SingleEdges => {
  const moved = (edge: number, time: number): number =>
    merge !== undefined && time - edge >= merge.olderThanMs ? calendar.startOf(merge.unit, edge) : edge
  const whole = (time: number): number => time
  const sinceFirst = (): number => Number.NaN
  const between = (from: number, to: number): number => to - from
  switch (spec.kind) {
    case 'time':
      return {
        from: (time) => moved(time - spec.fromMs, time),
        to: spec.toMs === 0 ? whole : (time) => moved(time - spec.toMs, time),
        length: between,
        endsAtRoot: spec.toMs === 0,
      }
    case 'calendar': {
      const startOf = calendar.starts(spec.unit)
      return { from: (time) => moved(startOf(time), time), to: whole, length: between, endsAtRoot: true }
    }
    case 'last': {
      const { withinMs } = spec
      if (withinMs === undefined) return { from: () => Number.NEGATIVE_INFINITY, to: whole, length: sinceFirst, endsAtRoot: true }
      return { from: (time) => time - withinMs, to: whole, length: between, endsAtRoot: true }
    }
    case 'lifetime':
      return { from: () => Number.NEGATIVE_INFINITY, to: whole, length: sinceFirst, endsAtRoot: true }
  }
}
