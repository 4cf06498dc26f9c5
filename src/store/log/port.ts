/**
 * The log: durable, append-only, per topic and partition. A record's position and stamp come from here and from nowhere else.
 * This port has what one writer and its readers need; consumer groups, retention by time and several partitions come on top
 * of the same records.
 */
export interface LogRecord {
  readonly offset: number
  /** The commit's stamp; equal for the records of one commit, never falling. */
  readonly stamp: number
  /** What the bytes are: see docs/formats.md. */
  readonly kind: number
  readonly bytes: Uint8Array
}

export interface NewRecord {
  readonly kind: number
  readonly bytes: Uint8Array
}

/** Records that were durable and cannot be read any more: damaged, or in a file that is missing. */
export interface LogGap {
  /** Path of the segment, and the byte of it where reading stopped making sense. */
  readonly segment: string
  readonly byte: number
  /** Offsets [from, to). */
  readonly from: number
  readonly to: number
  /** Stamps of the records around it: those of the missing ones are neither below the first nor above the second. */
  readonly after: number
  readonly upTo: number
}

export interface Log {
  /** Appends as one commit: all or none survive a crash. Resolves once durable, with the commit's stamp and first offset. */
  append(records: readonly NewRecord[]): Promise<{ readonly stamp: number; readonly offset: number }>
  /**
   * The records from an offset on, in order, some at a time, up to what was durable when asked. What is damaged is named to
   * `onGap`, between the records before and behind it, and passed over; without `onGap` it throws LOG_DAMAGED.
   */
  read(fromOffset: number, onGap?: (gap: LogGap) => void): AsyncIterable<readonly LogRecord[]>
  /** Offset and stamp that the next record will exceed. */
  end(): { readonly offset: number; readonly stamp: number }
  /** Forgets whole segments below an offset; called only after everything below is synced elsewhere. */
  dropBelow(offset: number): Promise<void>
  close(): Promise<void>
}
