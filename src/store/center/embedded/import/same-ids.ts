/** Rows of two runs that have the same id: found by joining their ids' numbers or 32-bit keys in order. */
import { crc32 } from 'node:zlib'
import { reorder } from '../join-columns.ts'
import { numberKey, splitId } from '../run/ids.ts'
import type { Run } from '../run/open.ts'
import { radixSort32 } from '../run/order.ts'
import { rowNumbers } from '../run/parts.ts'

export interface Pairs {
  readonly a: number[]
  readonly b: number[]
}

/** Looking up one id at a time is cheaper when the other run is so many times larger. */
const lookupShare = 64

/** With itself, a run gives each pair once, the earlier row as `a`. Hidden rows of `b` are left out. */
export const sameIds = (a: Run, b: Run): Pairs => {
  const [derivedA, derivedB] = [a.ids.derived, b.ids.derived]
  if (derivedA !== undefined && derivedB !== undefined) {
    if (derivedA.prefix !== derivedB.prefix || derivedA.max < derivedB.min || derivedB.max < derivedA.min) return { a: [], b: [] }
    if (a === b && derivedA.byNumber() === undefined) return { a: [], b: [] }
    if (a !== b && a.footer.rows * lookupShare < b.footer.rows) return lookUp(a, b)
    return join(byNumber(a), byNumber(b), { a, b, isExact: true })
  }
  if (a !== b && a.footer.rows * lookupShare < b.footer.rows) return lookUp(a, b)
  return join(byKey(a), byKey(b), { a, b, isExact: false })
}

const lookUp = (a: Run, b: Run): Pairs => {
  const pairs: Pairs = { a: [], b: [] }
  for (let row = 0; row < a.footer.rows; row++) {
    const id = a.ids.at(row)
    b.ids.find(id, splitId(id), (other) => {
      if (!b.hidden.has(other)) add(pairs, row, other)
      return false
    })
  }
  return pairs
}

interface Ordered {
  readonly keys: Float64Array | Uint32Array
  readonly rows: Uint32Array
}

/** A part is joined with many others: its ids are put in order once. */
const remembered = (make: (run: Run) => Ordered) => {
  const known = new WeakMap<Run, Ordered>()
  const of = (run: Run): Ordered => {
    const ordered = known.get(run) ?? make(run)
    known.set(run, ordered)
    return ordered
  }
  return Object.assign(of, { forget: (run: Run) => known.delete(run) })
}

export const forgetOrder = (run: Run): void => {
  byNumber.forget(run)
  byKey.forget(run)
}

const byNumber = remembered((run) => {
  const derived = run.ids.derived!
  const numbers = derived.numbers({ from: 0, to: run.footer.rows })
  const rows = derived.byNumber()
  return rows === undefined ? { rows: rowNumbers(numbers.length), keys: numbers } : { rows, keys: reorder(numbers, rows) }
})

const byKey = remembered((run) => {
  const { derived, keys } = run.ids
  if (derived === undefined) return keys!()
  const hash = crc32(derived.prefix)
  const numbers = derived.numbers({ from: 0, to: run.footer.rows })
  const own = new Uint32Array(numbers.length)
  for (let row = 0; row < own.length; row++) own[row] = numberKey(hash, numbers[row]!)
  const rows = radixSort32(rowNumbers(own.length), own)
  return { rows, keys: reorder(own, rows) }
})

interface Joined {
  readonly a: Run
  readonly b: Run
  /** Whether equal keys are equal ids. */
  readonly isExact: boolean
}

const join = (left: Ordered, right: Ordered, { a, b, isExact }: Joined): Pairs => {
  const pairs: Pairs = { a: [], b: [] }
  let start = 0
  for (let i = 0; i < left.keys.length; i++) {
    const key = left.keys[i]!
    while (start < right.keys.length && right.keys[start]! < key) start++
    for (let j = start; j < right.keys.length && right.keys[j] === key; j++) {
      const [rowA, rowB] = [left.rows[i]!, right.rows[j]!]
      if (a === b ? rowA >= rowB : b.hidden.has(rowB)) continue
      if (isExact || a.ids.at(rowA) === b.ids.at(rowB)) add(pairs, rowA, rowB)
    }
  }
  return pairs
}

const add = (pairs: Pairs, a: number, b: number): void => {
  pairs.a.push(a)
  pairs.b.push(b)
}
