/** What a bench is, and what it gives: ours and the peer's figure of each case, as `npm run bench` prints them. */

/** What is measured and with what; printed beside every figure. */
export type Params = { readonly [name: string]: string | number | boolean | readonly (string | number)[] }

/**
 * One figure. `ratio` above 1 always means that ours is better; `peer` and `ratio` are null where there is no peer. `equal`
 * stands where answers were compared. Further fields (`p50Us`, `rssMb`, `growth` …) have the names that the table of benches fixes.
 */
export interface Case {
  readonly ours: number
  readonly peer: number | null
  readonly ratio: number | null
  /** Of `ours` and `peer`. */
  readonly unit: string
  readonly equal?: boolean
  readonly params: Params
  readonly [more: string]: unknown
}

export interface BenchResult {
  readonly top: Case
  readonly cases?: { readonly [name: string]: Case }
}

export const defaultPeerSeconds = 1200

export interface BenchContext {
  /** A tenth of the size, in under a minute. */
  readonly quick: boolean
  /** A full size, or a tenth of it. */
  size(full: number): number
  /** What a peer that may take long may take in all. */
  readonly peerSeconds: number
  /** Tells a person how far it is, on standard error. */
  say(line: string): void
}

export interface Bench {
  readonly name: string
  /** One line for the list. */
  readonly about: string
  /** The bars, as the issue states them. */
  readonly bar: string
  /** Measured in a process that was started as `millrace serve` starts its own. */
  readonly isServed?: true
  run(context: BenchContext): Promise<BenchResult>
}

/** Three significant digits more than anyone needs, and no noise. */
export const rounded = (value: number): number => (Number.isFinite(value) && value !== 0 ? Number(value.toPrecision(5)) : value)

/** More is better: events a second. */
export const rateCase = (ours: number, peer: number | null, rest: Omit<Case, 'ours' | 'peer' | 'ratio'>): Case =>
  withRatio(ours, peer, peer === null ? null : ours / peer, rest)

/** Less is better: seconds, microseconds. */
export const timeCase = (ours: number, peer: number | null, rest: Omit<Case, 'ours' | 'peer' | 'ratio'>): Case =>
  withRatio(ours, peer, peer === null ? null : peer / ours, rest)

const withRatio = (ours: number, peer: number | null, ratio: number | null, rest: Omit<Case, 'ours' | 'peer' | 'ratio'>): Case =>
  ({
    ours: rounded(ours),
    peer: peer === null ? null : rounded(peer),
    ratio: ratio === null ? null : rounded(ratio),
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, typeof value === 'number' ? rounded(value) : value])),
  }) as Case
