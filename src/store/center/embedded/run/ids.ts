/**
 * Ids taken apart: a prefix and the whole number at the end, where there is one that can be put back unchanged (`flights:17`,
 * not `a:007`). So an id has one form only, and prefix and number are equal exactly where ids are.
 */
import { crc32 } from 'node:zlib'
import { type Breath, inSlices } from '../breath.ts'

export interface IdParts {
  readonly prefix: string
  /** −1 where the id does not end in a number; the prefix is the id then. */
  readonly number: number
}

const longest = 15

export const splitId = (id: string): IdParts => {
  let at = id.length
  const stop = Math.max(0, id.length - longest)
  while (at > stop && isDigit(id.charCodeAt(at - 1))) at--
  // Not one digit more, and no zero before another: both would make two ids one.
  if (at === id.length || (at > 0 && isDigit(id.charCodeAt(at - 1)))) return { prefix: id, number: -1 }
  if (id.charCodeAt(at) === 48 && at < id.length - 1) return { prefix: id, number: -1 }
  return { prefix: id.slice(0, at), number: Number(id.slice(at)) }
}

const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57

export const joinId = (prefix: string, number: number): string => (number < 0 ? prefix : prefix + number)

/** A 32-bit key of an id. Equal ids have equal keys; those of a prefix cost no text. */
export const idKey = ({ prefix, number }: IdParts): number => numberKey(crc32(prefix), number)

/** The key of a prefix's number: the finalizer of MurmurHash3 (Austin Appleby, public domain) over both halves of it. */
export const numberKey = (prefixHash: number, number: number): number => {
  let hash = prefixHash ^ Math.imul((number % 4294967296) | 0, 0x9e3779b1) ^ Math.imul(Math.floor(number / 4294967296) + 1, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** All ids of a table as parts, when each has a number and all share a prefix. */
export interface DerivedIds {
  readonly prefix: string
  readonly numbers: Float64Array
}

/** Undefined where they are not such. */
export const deriveIds = (rows: number, id: (row: number) => string): DerivedIds | undefined => {
  const derived = startDerived(rows, id)
  return derived?.take(0, rows) === true ? derived.ids : undefined
}

/** The same a slice at a time. */
export const deriveIdsInSteps = async (breathe: Breath, rows: number, id: (row: number) => string): Promise<DerivedIds | undefined> => {
  const derived = startDerived(rows, id)
  let isDerived = derived !== undefined
  await inSlices(breathe, rows, (from, to) => {
    isDerived &&= derived!.take(from, to)
  })
  return isDerived ? derived!.ids : undefined
}

const startDerived = (rows: number, id: (row: number) => string) => {
  if (rows === 0) return undefined
  const { prefix } = splitId(id(0))
  const numbers = new Float64Array(rows)
  /** False where one of rows [from, to) is not such. */
  const take = (from: number, to: number): boolean => {
    for (let row = from; row < to; row++) {
      const parts = splitId(id(row))
      if (parts.number < 0 || parts.prefix !== prefix) return false
      numbers[row] = parts.number
    }
    return true
  }
  return { ids: { prefix, numbers }, take }
}
