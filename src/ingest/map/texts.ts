/** Columns of texts judged by dictionary: each text once, however many rows have it. */
import { columnOf } from '../../model/cell.ts'
import { coerce, isMisfit, type Misfit } from '../../model/coerce.ts'
import type { FieldPlan } from '../../model/field.ts'
import type { CodeColumn } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { Judged, RowMisfit } from './misfits.ts'

type Coded = Pick<CodeColumn, 'codes' | 'dictionary'>

/** What each text becomes, found once and kept as long as its dictionary is. */
export type TextVerdicts = (dictionary: readonly string[], code: number) => { readonly value: Value } | Misfit

export const createVerdicts = (field: FieldPlan, at: string, adapted: (text: string) => unknown): TextVerdicts => {
  const known = new WeakMap<readonly string[], ReturnType<TextVerdicts>[]>()
  const verdictsOf = (dictionary: readonly string[]): ReturnType<TextVerdicts>[] => {
    const verdicts = known.get(dictionary) ?? []
    known.set(dictionary, verdicts)
    return verdicts
  }
  return (dictionary, code) => {
    const verdicts = verdictsOf(dictionary)
    const verdict = verdicts[code] ?? coerce(field, adapted(dictionary[code]!), at)
    verdicts[code] = verdict
    return verdict
  }
}

/** A column of texts for a field of texts: its dictionary holds what the rows use and no more. */
export const judgeTexts = ({ codes, dictionary }: Coded, missing: Misfit | undefined, verdicts: TextVerdicts): Judged => {
  const translation = new Int32Array(dictionary.length).fill(unseen)
  const known = new Map<string, number>()
  const fresh: string[] = []
  const translated = new Int32Array(codes.length)
  const misfits: RowMisfit[] = []
  const translate = (code: number): number => {
    const verdict = verdicts(dictionary, code)
    if (isMisfit(verdict)) return unfit
    const text = verdict.value as string
    const place = known.get(text) ?? fresh.push(text) - 1
    known.set(text, place)
    return place
  }
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!
    let place = -1
    if (code >= 0) {
      place = translation[code]!
      if (place === unseen) translation[code] = place = translate(code)
      if (place === unfit) misfits.push({ row, misfit: verdicts(dictionary, code) as Misfit })
    } else if (missing !== undefined) misfits.push({ row, misfit: missing })
    translated[row] = place < 0 ? -1 : place
  }
  return { column: { kind: 'code', codes: translated, dictionary: fresh }, misfits }
}

const unseen = -2
const unfit = -3

/** A column of texts for a field of another kind: numbers in a CSV, times in ISO 8601, decimals. */
export const judgeParsed = (
  { codes, dictionary }: Coded,
  missing: Misfit | undefined,
  field: FieldPlan,
  verdicts: TextVerdicts,
): Judged => {
  const values = new Array<Value>(codes.length).fill(null)
  const misfits: RowMisfit[] = []
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!
    const verdict = code < 0 ? missing : verdicts(dictionary, code)
    if (verdict === undefined) continue
    if (isMisfit(verdict)) misfits.push({ row, misfit: verdict })
    else values[row] = verdict.value
  }
  return { column: columnOf(field, values), misfits }
}
