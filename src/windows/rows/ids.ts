/**
 * Ids of events as two doubles. Most ids are a text that many share and a number (`flights-3m:17`, `order/2024-0001` is one too
 * when its digits have no leading zero): these cost no text each. Others are kept as texts in a list.
 *
 * The origin also says which member of the definition the row came through, so that origin and number together name a row.
 */
import { compareUtf8 } from '../../base/utf8.ts'

export interface Ids {
  /** The same for the id that is this prefix and this whole number, without making its text. */
  encodeDerived(prefix: string, number: number, member: number): void
  /** The origin of such ids, where `isNumber` holds for the number; −1 where they have none in common. */
  derivedOrigin(prefix: string, member: number): number
  isNumber(number: number): boolean
  /** Sets `origin` and `number` for an event of a member. The same id gives the same two numbers, until it is released. */
  encode(id: string, member: number): void
  origin: number
  number: number
  memberOf(origin: number): number
  text(origin: number, number: number): string
  /** Order by type, id and member. */
  compare(originA: number, numberA: number, originB: number, numberB: number): number
  release(origin: number, number: number): void
}

/** Beyond so many prefixes ids are taken to have none in common. */
const mostPrefixes = 4096
/** The number after a prefix has at most so many digits. */
const mostDigits = 15

/** `typeRanks`: by member. */
export const createIds = (typeRanks: readonly number[]): Ids => {
  const members = typeRanks.length
  const prefixes: string[] = []
  const codes = new Map<string, number>()
  const others: string[] = []
  const places = new Map<string, number>()
  const uses: number[] = []
  const free: number[] = []
  const ids: Ids = {
    origin: 0,
    number: 0,
    encode: (id, member) => {
      const start = digitsFrom(id)
      const prefix = start === id.length ? -1 : prefixCode(id, start)
      if (prefix >= 0) {
        ids.origin = prefix * members + member
        ids.number = numberFrom(id, start)
        return
      }
      ids.origin = -1 - member
      ids.number = place(id)
    },
    encodeDerived: (prefix, number, member) => {
      const origin = ids.isNumber(number) ? ids.derivedOrigin(prefix, member) : -1
      if (origin < 0) ids.encode(`${prefix}${number}`, member)
      else {
        ids.origin = origin
        ids.number = number
      }
    },
    derivedOrigin: (prefix, member) => {
      const code = prefixCode(prefix, prefix.length)
      return code < 0 ? -1 : code * members + member
    },
    isNumber: (number) => number < 10 ** mostDigits && number >= 0,
    memberOf: (origin) => (origin < 0 ? -1 - origin : origin % members),
    text: (origin, number) => (origin < 0 ? others[number]! : `${prefixes[Math.floor(origin / members)]!}${number}`),
    compare: (originA, numberA, originB, numberB) => {
      if (originA === originB && numberA === numberB) return 0
      const [a, b] = [ids.memberOf(originA), ids.memberOf(originB)]
      return typeRanks[a]! - typeRanks[b]! || compareUtf8(ids.text(originA, numberA), ids.text(originB, numberB)) || a - b
    },
    release: (origin, number) => {
      if (origin >= 0 || --uses[number]! > 0) return
      places.delete(others[number]!)
      others[number] = ''
      free.push(number)
    },
  }
  let lastPrefix = ''
  let lastCode = -1
  /** Most ids begin like the one before. */
  const prefixCode = (id: string, length: number): number => {
    if (lastCode >= 0 && length === lastPrefix.length && id.startsWith(lastPrefix)) return lastCode
    lastPrefix = id.slice(0, length)
    lastCode = codeOf(lastPrefix)
    return lastCode
  }
  const codeOf = (prefix: string): number => {
    const code = codes.get(prefix)
    if (code !== undefined || codes.size === mostPrefixes) return code ?? -1
    codes.set(prefix, prefixes.length)
    return prefixes.push(prefix) - 1
  }
  /** Every encoding of a text is one use of it, and must be released. */
  const place = (id: string): number => {
    const known = places.get(id)
    const at = known ?? free.pop() ?? others.length
    if (known === undefined) {
      others[at] = id
      uses[at] = 0
      places.set(id, at)
    }
    uses[at]!++
    return at
  }
  return ids
}

/** Where the digits at a text's end begin that are a whole number as it is usually written; its length where there are none. */
const digitsFrom = (id: string): number => {
  let start = id.length
  while (start > 0 && id.length - start < mostDigits && isDigit(id.charCodeAt(start - 1))) start--
  while (start < id.length - 1 && id.charCodeAt(start) === zero) start++
  return start
}

const numberFrom = (id: string, start: number): number => {
  let number = 0
  for (let i = start; i < id.length; i++) number = number * 10 + (id.charCodeAt(i) - zero)
  return number
}

const zero = 48
const isDigit = (unit: number): boolean => unit >= zero && unit < zero + 10
