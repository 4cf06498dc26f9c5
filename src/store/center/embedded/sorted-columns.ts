/** Columns as a run takes them best: dictionaries sorted where texts come again. */
import type { CodeColumn, Column } from '../../../model/table.ts'
import { type Breath, inSlices } from './breath.ts'
import { sortTextsInSteps } from './run/texts.ts'

/** Of texts that seldom come again those of one run are sorted when it is written, if they must be. */
export const sortedColumns = async (
  breathe: Breath,
  columns: ReadonlyMap<string, Column>,
  rows: number,
): Promise<ReadonlyMap<string, Column>> => {
  const sorted = new Map<string, Column>()
  for (const [path, column] of columns) {
    sorted.set(path, column.kind === 'code' && column.dictionary.length * 2 <= rows ? await sortDictionary(breathe, column) : column)
  }
  return sorted
}

/** The same column with its dictionary sorted by bytes, and without texts that are there twice. */
const sortDictionary = async (breathe: Breath, { codes, dictionary }: CodeColumn): Promise<CodeColumn> => {
  const sorted = await sortTextsInSteps(breathe, [...new Set(dictionary)])
  const numberOf = await numbersIn(breathe, sorted, dictionary)
  const renumbered = new Int32Array(codes.length)
  for (let i = 0; i < codes.length; i++) renumbered[i] = codes[i]! < 0 ? -1 : numberOf[codes[i]!]!
  await breathe()
  return { kind: 'code', dictionary: sorted, codes: renumbered }
}

/** Where each of `texts` stands among different ones, all of them there. */
export const numbersIn = async (breathe: Breath, among: readonly string[], texts: readonly string[]): Promise<Int32Array> => {
  const numbers = new Map<string, number>()
  await inSlices(breathe, among.length, (from, to) => {
    for (let i = from; i < to; i++) numbers.set(among[i]!, i)
  })
  const found = new Int32Array(texts.length)
  await inSlices(breathe, texts.length, (from, to) => {
    for (let i = from; i < to; i++) found[i] = numbers.get(texts[i]!)!
  })
  return found
}
