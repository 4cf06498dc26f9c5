/** What a case expects against what an engine gives: byte for byte in canonical JSON, of what is named. */
import { canonical, type Json } from '../model/json.ts'
import { parseIsoTime } from '../model/time.ts'

export interface Mismatch {
  /** Names from the tree's top down: node, feature, window; list places as numbers. */
  readonly path: readonly string[]
  readonly expected: string
  readonly got: string
}

export interface Comparison {
  readonly exact: boolean
  readonly within?: number
}

/**
 * Objects are compared in the names that `expected` has, unless exact; an object expected empty must be empty (at the top:
 * nothing is compared). Lists are compared whole. An expected ISO 8601 text with a zone matches the time it stands for.
 */
export const mismatches = (expected: Json, got: Json | undefined, how: Comparison, path: readonly string[] = []): readonly Mismatch[] => {
  if (got === undefined) return [{ path, expected: shownJson(expected), got: 'nothing' }]
  if (isObject(expected) && isObject(got)) return objectMismatches(expected, got, how, path)
  if (Array.isArray(expected) && Array.isArray(got) && expected.length === got.length) {
    return (expected as readonly Json[]).flatMap((part, i) => mismatches(part, got[i] as Json, how, [...path, String(i)]))
  }
  return isSameScalar(expected, got, how) ? [] : [{ path, expected: shownJson(expected), got: shownJson(got) }]
}

type JsonObject = { readonly [key: string]: Json }

const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

const objectMismatches = (expected: JsonObject, got: JsonObject, how: Comparison, path: readonly string[]): readonly Mismatch[] => {
  const names = Object.keys(expected)
  const isWhole = how.exact || (names.length === 0 && path.length > 0)
  const strangers = isWhole ? Object.keys(got).filter((name) => !Object.hasOwn(expected, name)) : []
  return [
    ...names.flatMap((name) => mismatches(expected[name]!, Object.hasOwn(got, name) ? got[name] : undefined, how, [...path, name])),
    ...strangers.map((name) => ({ path: [...path, name], expected: 'nothing', got: shownJson(got[name]!) })),
  ]
}

const isSameScalar = (expected: Json, got: Json, { within }: Comparison): boolean => {
  if (canonical(expected) === canonical(got)) return true
  if (typeof got !== 'number') return false
  if (typeof expected === 'string') return parseIsoTime(expected) === got
  return within !== undefined && typeof expected === 'number' && Math.abs(expected - got) <= within * Math.max(1, Math.abs(expected))
}

/** Canonical, so that what is shown is what was compared. */
export const shownJson = (value: Json): string => canonical(value)
