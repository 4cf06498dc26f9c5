/** How long work tells how far it is, and how it is stopped. */
export interface Hooks {
  /** Called some times a second at most. */
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

export interface Progress {
  /** What is being done: `reading`, `computing`. */
  readonly phase: string
  readonly done: number
  /** Left out while it is not known. */
  readonly total?: number
  /** What is counted: `rows`, `roots`. */
  readonly unit: string
  /** Shown beside: `3 refused`. */
  readonly note?: string
}

/** Lets through one report in `everyMs`, and always the last of a phase. */
export const throttled = (onProgress: Hooks['onProgress'], now: () => number, everyMs = 200): ((progress: Progress) => void) => {
  if (onProgress === undefined) return () => undefined
  let last = { phase: '', at: Number.NEGATIVE_INFINITY }
  return (progress) => {
    const at = now()
    if (progress.phase === last.phase && progress.done !== progress.total && at - last.at < everyMs) return
    last = { phase: progress.phase, at }
    onProgress(progress)
  }
}
