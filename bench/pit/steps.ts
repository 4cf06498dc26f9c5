/** What crosses between the `pit` bench and its threads. */
export interface ReadStep {
  readonly events: { readonly file: string; readonly from: number; readonly to: number }
  readonly roots: { readonly file: string; readonly from: number; readonly to: number }
  readonly memory: PitMemory
}

/** Columns that all threads share. */
export interface PitMemory {
  readonly eventKeys: Int32Array
  readonly eventTime: Float64Array
  readonly amount: Float64Array
  /** With cut-offs: each event's number among all, and when it was recorded. */
  readonly seq?: Float64Array
  readonly recorded?: Float64Array
  readonly rootKeys: Int32Array
  readonly rootTime: Float64Array
  readonly rootId: Float64Array
}

export interface RecodeStep {
  /** Code of this thread → code of all. */
  readonly codes: Int32Array
}

export interface ComputeStep {
  readonly memory: PitMemory
  readonly texts: readonly string[]
  readonly thread: number
  readonly threads: number
  /** By slot. */
  readonly answers: readonly Float64Array[]
  /** With cut-offs: the file of both versions of events that were corrected. */
  readonly amended?: string
}

export interface WriteStep {
  readonly memory: PitMemory
  readonly answers: readonly Float64Array[]
  /** Roots [from, to). */
  readonly from: number
  readonly to: number
  readonly path: string
}
