/** Columns whose values repeat: the different values once, and for each row its place among them. */
import { type FieldPlan, required } from '../../../model/field.ts'
import { canonical, toJson } from '../../../model/json.ts'
import type { Column } from '../../../model/table.ts'
import type { Value } from '../../../model/value.ts'
import { bitsOf } from './levels.ts'
import type { Present } from './present.ts'
import type { ChunkRoom } from './room.ts'

/** Valid until the next ones in the same room. */
export interface Dictionary<T> {
  readonly values: T
  readonly size: number
  /** Of the rows that have a value: a slot each. */
  readonly slots: Int32Array
  /** Which of `values` a slot stands for. */
  readonly placeOf: Int32Array
}

/** The texts that the rows use. Undefined where most rows have one of their own, so that a dictionary only costs. */
export const textDictionary = (
  { codes, dictionary }: Extract<Column, { kind: 'code' }>,
  { rows, count }: Present,
  room: ChunkRoom,
): Dictionary<readonly string[]> | undefined => {
  const most = Math.min(count / 2, 2 ** 20)
  const placeOf = room.placeOf.atLeast(dictionary.length).fill(-1, 0, dictionary.length)
  const texts: string[] = []
  const slots = count === rows ? codes.subarray(0, rows) : withValue(codes, rows, room).subarray(0, count)
  for (let i = 0; i < count; i++) {
    const code = slots[i]!
    if (placeOf[code]! >= 0) continue
    placeOf[code] = texts.push(dictionary[code]!) - 1
    if (texts.length > most) return undefined
  }
  return { values: texts, size: texts.length, slots, placeOf }
}

const withValue = (codes: Int32Array, rows: number, room: ChunkRoom): Int32Array => {
  const kept = room.slots.atLeast(rows)
  for (let row = 0, next = 0; row < rows; row++) if (codes[row]! >= 0) kept[next++] = codes[row]!
  return kept
}

/** Bits that a place takes in a data page. */
export const placeWidth = ({ size }: Dictionary<unknown>): number => Math.max(1, bitsOf(Math.max(0, size - 1)))

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
