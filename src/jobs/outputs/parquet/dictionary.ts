/** Columns whose values repeat: the different values once, and for each row its place among them. */

import { type FieldPlan, required } from '../../../model/field.ts'
import { canonical, toJson } from '../../../model/json.ts'
import type { Column } from '../../../model/table.ts'
import type { Value } from '../../../model/value.ts'
import { bitsOf, packed } from './levels.ts'
import type { NumberStats, Present } from './plain.ts'
import type { ChunkRoom } from './room.ts'

export interface Dictionary<T> {
  readonly values: T
  readonly size: number
  /** Of the rows that have a value. */
  readonly places: Int32Array
}

/** The texts that the rows use. Undefined where most rows have one of their own, so that a dictionary only costs. */
export const textDictionary = (
  { codes, dictionary }: Extract<Column, { kind: 'code' }>,
  { rows, count }: Present,
  room: ChunkRoom,
): Dictionary<readonly string[]> | undefined => {
  const most = Math.min(count / 2, 2 ** 20)
  const translation = room.placeOf.atLeast(dictionary.length).fill(-1, 0, dictionary.length)
  const texts: string[] = []
  const places = room.places.atLeast(count).subarray(0, count)
  for (let row = 0, next = 0; row < rows; row++) {
    const code = codes[row]!
    if (code < 0) continue
    if (translation[code] === -1) translation[code] = texts.push(dictionary[code]!) - 1
    places[next++] = translation[code]!
    if (texts.length > most) return undefined
  }
  return { values: texts, size: texts.length, places }
}

/** Whole numbers that lie this near each other find their places in a table. */
const mostRange = 1 << 16

/** The whole numbers that the rows use, where they are few and near each other: places then take far less room than numbers do. */
export const numberDictionary = (
  values: Float64Array,
  { rows, count }: Present,
  { least, most }: NumberStats,
  room: ChunkRoom,
): Dictionary<Float64Array> | undefined => {
  const range = most - least + 1
  if (count === 0 || range > mostRange || range > 2 * count) return undefined
  const placeOf = room.placeOf.atLeast(range).fill(-1, 0, range)
  const used = room.used.atLeast(range)
  const places = room.places.atLeast(count).subarray(0, count)
  let size = 0
  for (let row = 0, next = 0; row < rows; row++) {
    const value = values[row]!
    if (Number.isNaN(value)) continue
    let place = placeOf[value - least]!
    if (place < 0) {
      place = size++
      placeOf[value - least] = place
      used[place] = value
    }
    places[next++] = place
  }
  const bits = size * 64 + count * bitsOf(size - 1)
  return bits < count * 40 ? { values: used.subarray(0, size), size, places } : undefined
}

/** Places as a data page holds them: their width in bits, then the hybrid's runs. */
export const placeBytes = ({ size, places }: Dictionary<unknown>, room: ChunkRoom): readonly Uint8Array[] => {
  const width = Math.max(1, bitsOf(Math.max(0, size - 1)))
  return [Uint8Array.of(width), packed(places, width, room.packed)]
}

/** Lists and objects as the texts that stand for them: canonical JSON, each different one once. */
export const jsonColumn = (values: readonly Value[], field: FieldPlan, rows: number): Extract<Column, { kind: 'code' }> => {
  const codes = new Int32Array(rows).fill(-1)
  const dictionary: string[] = []
  const known = new Map<string, number>()
  const codeOfJson = (json: string): number => {
    const code = known.get(json) ?? dictionary.length
    if (code === dictionary.length) known.set(json, dictionary.push(json) - 1)
    return code
  }
  const codeOf = isTexts(field)
    ? createTextLists((list) => codeOfJson(textsJson(list)))
    : (value: Value) => codeOfJson(canonical(toJson(value, field)))
  for (let row = 0; row < rows; row++) {
    const value = values[row] ?? null
    if (value !== null) codes[row] = codeOf(value)
  }
  return { kind: 'code', codes, dictionary }
}

const isTexts = (field: FieldPlan): boolean => {
  const plan = required(field)
  return plan.kind === 'list' && ['string', 'enum', 'entity'].includes(required(plan.of).kind)
}

type Texts = readonly (string | null)[]

/** For well-formed texts, what the engine writes is canonical. */
const textsJson = (list: Texts): string =>
  list.every((text) => text === null || text.isWellFormed()) ? JSON.stringify(list) : canonical(list)

/** A list of texts, and those that go on from it. */
interface TextList {
  code: number
  readonly longer: Map<string | null, TextList>
}

/** So many lists and beginnings of lists are kept: more are not few different ones that come again and again. */
const mostLists = 4096

/** Which list it is, found text by text: `codeOf` is asked for the first one only, while they are few. */
const createTextLists = (codeOf: (list: Texts) => number): ((value: Value) => number) => {
  const empty: TextList = { code: -1, longer: new Map() }
  let kept = 0
  return (value) => {
    const list = value as Texts
    let at = empty
    for (let i = 0; i < list.length; i++) {
      let next = at.longer.get(list[i]!)
      if (next === undefined) {
        if (kept === mostLists) return codeOf(list)
        kept++
        next = { code: -1, longer: new Map() }
        at.longer.set(list[i]!, next)
      }
      at = next
    }
    if (at.code < 0) at.code = codeOf(list)
    return at.code
  }
}
