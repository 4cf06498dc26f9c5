/**
 * The different values of one cell in each unit of a merged series: every value has a code, and a unit the codes of those it holds.
 * Units are built one after another, in order.
 */

export interface Different {
  readonly codes: Map<number, number>
  /** By code: the latest unit (counted from 1) that holds it. */
  seen: Int32Array
  units: number
  /** By code: the latest question that counted it. */
  counted: Int32Array
  questions: number
}

/** Those of one unit: the first `count`, each once. */
export interface UnitCodes {
  codes: Int32Array
  count: number
}

export const createDifferent = (): Different => ({
  codes: new Map(),
  seen: new Int32Array(16),
  units: 0,
  counted: new Int32Array(16),
  questions: 0,
})

export const startUnit = (different: Different): UnitCodes => {
  different.units++
  return { codes: new Int32Array(4), count: 0 }
}

/** Gives back the room that a unit has over, once nothing more comes to it. */
export const endUnit = (unit: UnitCodes): void => {
  if (unit.codes.length > unit.count) unit.codes = unit.codes.slice(0, unit.count)
}

/** Adds a value to the unit that was started last. */
export const addDifferent = (different: Different, unit: UnitCodes, value: number): void => {
  const code = different.codes.get(value) ?? addCode(different, value)
  if (different.seen[code] === different.units) return
  different.seen[code] = different.units
  if (unit.count === unit.codes.length) unit.codes = widened(unit.codes)
  unit.codes[unit.count++] = code
}

const addCode = (different: Different, value: number): number => {
  const code = different.codes.size
  different.codes.set(value, code)
  if (code < different.seen.length) return code
  different.seen = widened(different.seen)
  different.counted = widened(different.counted)
  return code
}

const widened = (values: Int32Array): Int32Array<ArrayBuffer> => {
  const wider = new Int32Array(2 * values.length)
  wider.set(values)
  return wider
}

/** How many different values some units and the rows `from` up to `to` of a column hold. NaN is none. */
export const countDifferent = (
  different: Different,
  units: readonly UnitCodes[],
  { values, from, to }: { readonly values: Float64Array; readonly from: number; readonly to: number },
): number => {
  const question = ++different.questions
  const { counted } = different
  let count = 0
  for (const { codes, count: held } of units) {
    for (let i = 0; i < held; i++) {
      if (counted[codes[i]!] === question) continue
      counted[codes[i]!] = question
      count++
    }
  }
  const others = new Set<number>()
  for (let i = from; i < to; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) continue
    const code = different.codes.get(value)
    if (code === undefined) others.add(value)
    else if (counted[code] !== question) {
      counted[code] = question
      count++
    }
  }
  return count + others.size
}

/** About what a code takes in the map and by its side. */
const codeBytes = 60

export const differentBytes = ({ codes }: Different): number => codes.size * codeBytes
