/** How large and how fine the values of each cell have been, and from that the limbs that hold their sums exactly (exact/limbs.ts). */
import { type Extent, emptyExtent, type LimbShape, limbShape, squaredExtent, widen } from '../exact/limbs.ts'

export interface Extents {
  /** Takes one value of a cell into account. */
  note(cell: number, value: number): void
  /** The first `count` of some values of a cell. */
  noteAll(cell: number, values: Float64Array, count: number): void
  /** For sums, or with `squares` sums of squares, of at most 2^terms values; undefined where limbs cannot hold them. */
  shape(cell: number, terms: number, squares: boolean): LimbShape | undefined
  /** Grows when shapes made before no longer hold what came since. */
  epoch(cell: number): number
}

/** `isWhole`: by cell, whether all values are whole numbers; `summed`: whether anything sums them. */
export const createExtents = (isWhole: readonly boolean[], summed: readonly boolean[]): Extents => {
  const extents = isWhole.map((): Extent => emptyExtent())
  /** Whole numbers of at most this size change nothing. */
  const within = Float64Array.from(summed, (isSummed) => (isSummed ? -1 : Number.POSITIVE_INFINITY))
  const epochs = new Int32Array(isWhole.length)
  /** Null: limbs cannot hold them. */
  const shapes: (LimbShape | null | undefined)[][] = isWhole.map(() => [])
  const note = (cell: number, value: number): void => {
    if (Math.abs(value) <= within[cell]! || Number.isNaN(value) || summed[cell] !== true) return
    const extent = extents[cell]!
    const [low, high] = [extent.low, extent.high]
    widen(extent, value)
    if (isWhole[cell] === true) {
      if (value !== 0) extent.low = 0
      within[cell] = 2 ** Math.max(0, extent.high) - 1
    }
    if (extent.low === low && extent.high === high) return
    epochs[cell]!++
    shapes[cell] = []
  }
  return {
    note,
    noteAll: (cell, values, count) => {
      const known = within[cell]!
      for (let i = 0; i < count; i++) if (!(Math.abs(values[i]!) <= known)) note(cell, values[i]!)
    },
    shape: (cell, terms, squares) => {
      const at = 2 * terms + (squares ? 1 : 0)
      const known = shapes[cell]![at]
      if (known !== undefined) return known ?? undefined
      const made = limbShape(squares ? squaredExtent(extents[cell]!) : extents[cell]!, 2 ** terms)
      shapes[cell]![at] = made ?? null
      return made
    },
    epoch: (cell) => epochs[cell]!,
  }
}
