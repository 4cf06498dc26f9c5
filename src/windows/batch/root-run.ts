/** Some roots of a block, in the order of keys and then of time. */
export interface RootRun {
  /** The first one, counted from the block's first root. */
  readonly first: number
  readonly count: number
  /** By root, its number in the task. */
  readonly roots: Int32Array
  readonly time: Float64Array
  /** By root, its key, counted from the block's first. */
  readonly keys: Int32Array
  /** The first row of the root's series at or after its time. */
  readonly ends: Int32Array
}

/** The most roots of a run. */
export const runSize = 2048
