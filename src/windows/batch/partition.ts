/**
 * Rows brought together by key, each key's in the total order, in two steps, each kind to the cache: first every column is dealt out, in one pass, into some hundred
 * stretches of neighbouring keys; then each stretch, which fits the cache, is ordered by key.
 */
import type { Column } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { BatchRows, OwnRows } from './input.ts'
import type { ByKey } from './order.ts'

/** The rows of the task's keys that have roots, by key. */
export interface KeyedRows {
  readonly time: Float64Array
  /** By definition column; undefined for one that nothing reads. */
  readonly columns: readonly (Column | undefined)[]
  /** Rows of key k: `order[starts[k]]` up to `order[starts[k + 1] − 1]`. Keys are counted from the task's first. */
  readonly order: Int32Array
  readonly starts: Int32Array
  /** From which cut-off on a row is seen, and until which; undefined: always. Only where it was asked for. */
  readonly from: Float64Array | undefined
  readonly until: Float64Array | undefined
  /** Roots' own rows, as numbers of rows here. */
  readonly own: OwnRows | undefined
  /** Rows from `time.length` on, which are own rows, stand here. Left out: there are none. */
  readonly apart?: { readonly time: Float64Array; readonly columns: readonly (Column | undefined)[] }
}

export interface PartitionRequest {
  readonly rows: BatchRows
  /** Keys [from, to). */
  readonly from: number
  readonly to: number
  readonly roots: ByKey
  readonly own: OwnRows | undefined
  /** Which columns are read. */
  readonly used: readonly boolean[]
  readonly isBounded: boolean
}

/** A stretch has at least so many rows, and there are at most so many stretches: one open cache line each. */
const stretchRows = 32_768
const mostStretches = 512

export const partitionRows = (request: PartitionRequest): KeyedRows => {
  const { rows, own, used, isBounded } = request
  const { starts, stretchOf, cursors } = stretches(request)
  const dealt = dealOut(request, stretchOf, cursors)
  const dealer: Dealer = { ...dealt, extras: rows.extras?.rows, own: own?.rows, count: starts.at(-1)! }
  const extraValues = (values: Float64Array | undefined, otherwise: number): Float64Array => {
    const into = new Float64Array(dealer.count).fill(otherwise)
    for (let x = 0; x < dealt.more.length; x++) if (dealt.more[x]! >= 0) into[dealt.more[x]!] = values![x]!
    return into
  }
  return {
    time: dealDoubles(rows.time, dealer),
    columns: rows.columns.map((column, i) => (used[i] ? dealColumn(column, dealer) : undefined)),
    order: orderByKey(request, dealt, starts),
    starts,
    from: isBounded ? visibleFrom(rows, dealer, extraValues) : undefined,
    until: isBounded && rows.extras !== undefined ? extraValues(rows.extras.until, Number.POSITIVE_INFINITY) : undefined,
    own: own && { starts: own.starts, rows: own.rows.map((_, i) => dealer.count + i) },
  }
}

/** Where each row goes; −1: nowhere. */
interface Dealt {
  readonly plain: Int32Array
  readonly more: Int32Array
}

const stretches = ({ rows, from, to, roots }: PartitionRequest) => {
  const { plain, keys, extras } = rows
  const size = to - from
  const starts = new Int32Array(size + 1)
  const count = (key: number): void => {
    if (key >= from && key < to) starts[key - from + 1]!++
  }
  for (let i = 0; i < plain; i++) count(keys[i]!)
  extras?.rows.forEach((row) => {
    count(keys[row]!)
  })
  for (let k = 0; k < size; k++) {
    // A key without roots has no rows.
    if (roots.starts[k] === roots.starts[k + 1]) starts[k + 1] = 0
    starts[k + 1]! += starts[k]!
  }
  const least = Math.max(stretchRows, Math.ceil(starts[size]! / mostStretches))
  const stretchOf = new Int32Array(size)
  const cursors: number[] = [0]
  for (let k = 0; k < size; k++) {
    if (starts[k]! - cursors.at(-1)! >= least) cursors.push(starts[k]!)
    stretchOf[k] = starts[k] === starts[k + 1] ? -1 : cursors.length - 1
  }
  return { starts, stretchOf, cursors: Int32Array.from(cursors) }
}

const dealOut = ({ rows, from, to }: PartitionRequest, stretchOf: Int32Array, cursors: Int32Array): Dealt => {
  const { plain, keys, extras } = rows
  const dealt = { plain: new Int32Array(plain), more: new Int32Array(extras?.rows.length ?? 0) }
  const placeOf = (key: number): number => {
    const stretch = key >= from && key < to ? stretchOf[key - from]! : -1
    return stretch < 0 ? -1 : cursors[stretch]!++
  }
  let first = 0
  for (let x = 0; x < dealt.more.length; x++) {
    for (; first < extras!.before[x]!; first++) dealt.plain[first] = placeOf(keys[first]!)
    dealt.more[x] = placeOf(keys[extras!.rows[x]!]!)
  }
  for (; first < plain; first++) dealt.plain[first] = placeOf(keys[first]!)
  return dealt
}

/** Where rows go, and which rows they are: plain ones by number, extra ones by `extras`; own rows stand after the `count` others. */
interface Dealer extends Dealt {
  readonly extras: Int32Array | undefined
  readonly own: Int32Array | undefined
  readonly count: number
}

const sizeOf = ({ count, own }: Dealer): number => count + (own?.length ?? 0)

const dealColumn = (column: Column, dealer: Dealer): Column => {
  switch (column.kind) {
    case 'number':
      return { kind: 'number', values: dealDoubles(column.values, dealer) }
    case 'code':
      return { kind: 'code', codes: dealInts(column.codes, dealer), dictionary: column.dictionary }
    case 'bigint': {
      const values = dealAny(column.values, new BigInt64Array(sizeOf(dealer)), dealer)
      return column.nulls === undefined
        ? { kind: 'bigint', values }
        : { kind: 'bigint', values, nulls: dealAny(column.nulls, new Uint8Array(sizeOf(dealer)), dealer) }
    }
    case 'value':
      return { kind: 'value', values: dealAny(column.values, new Array<Value>(sizeOf(dealer)).fill(null), dealer) }
  }
}

/** The hot loops are written out for each kind of array, so that each is compiled for one. */
const dealDoubles = (values: Float64Array, dealer: Dealer): Float64Array => {
  const { plain } = dealer
  const into = new Float64Array(sizeOf(dealer))
  for (let i = 0; i < plain.length; i++) {
    const to = plain[i]!
    if (to >= 0) into[to] = values[i]!
  }
  dealMore(values, into, dealer)
  return into
}

const dealInts = (values: Int32Array, dealer: Dealer): Int32Array => {
  const { plain } = dealer
  const into = new Int32Array(sizeOf(dealer))
  for (let i = 0; i < plain.length; i++) {
    const to = plain[i]!
    if (to >= 0) into[to] = values[i]!
  }
  dealMore(values, into, dealer)
  return into
}

const dealAny = <V, T extends { [row: number]: V }>(values: { readonly [row: number]: V }, into: T, dealer: Dealer): T => {
  const { plain } = dealer
  for (let i = 0; i < plain.length; i++) if (plain[i]! >= 0) into[plain[i]!] = values[i]!
  dealMore(values, into, dealer)
  return into
}

const dealMore = <V>(values: { readonly [row: number]: V }, into: { [row: number]: V }, { more, extras, own, count }: Dealer): void => {
  for (let x = 0; x < more.length; x++) if (more[x]! >= 0) into[more[x]!] = values[extras![x]!]!
  if (own !== undefined) for (let i = 0; i < own.length; i++) into[count + i] = values[own[i]!]!
}

const visibleFrom = (
  { stamps, extras }: BatchRows,
  dealer: Dealer,
  extraValues: (values: Float64Array | undefined, otherwise: number) => Float64Array,
): Float64Array => {
  const from = extraValues(extras?.from, typeof stamps === 'number' ? stamps : -Number.MAX_VALUE)
  if (typeof stamps !== 'object') return from
  const { plain } = dealer
  for (let i = 0; i < plain.length; i++) if (plain[i]! >= 0) from[plain[i]!] = stamps[i]!
  return from
}

/** Within its stretch each row goes to its key's place: they lie near each other. */
const orderByKey = ({ rows, from }: PartitionRequest, { plain, more }: Dealt, starts: Int32Array): Int32Array => {
  const { keys, extras } = rows
  const keyAt = new Int32Array(starts.at(-1)!)
  for (let i = 0; i < plain.length; i++) {
    const to = plain[i]!
    if (to >= 0) keyAt[to] = keys[i]! - from
  }
  for (let x = 0; x < more.length; x++) if (more[x]! >= 0) keyAt[more[x]!] = keys[extras!.rows[x]!]! - from
  const order = new Int32Array(keyAt.length)
  const next = starts.slice()
  for (let row = 0; row < keyAt.length; row++) order[next[keyAt[row]!]!++] = row
  return order
}
