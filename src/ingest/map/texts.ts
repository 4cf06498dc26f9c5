/** Columns of texts judged by dictionary: each text once, however many rows have it. */
import { columnOf } from '../../model/cell.ts'
import { coerce, isMisfit, type Misfit } from '../../model/coerce.ts'
import type { FieldPlan } from '../../model/field.ts'
import type { CodeColumn } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { Judged, RowMisfit } from './misfits.ts'

type Coded = Pick<CodeColumn, 'codes' | 'dictionary'>
type Verdict = { readonly value: Value } | Misfit

/** What each text becomes, found once and kept as long as its dictionary is, which may grow. */
export interface TextVerdicts {
  of(dictionary: readonly string[], code: number): Verdict
  /** For fields of texts: a dictionary of what they become, which grows with the other; nothing at a code ever changes. */
  translation(dictionary: readonly string[]): Translation
}

interface Translation {
  readonly texts: string[]
  /** Made once a text becomes another, which may be there already: hashing long texts costs more than all else. */
  known: Map<string, number> | undefined
  /** Code in `texts` by code in the other dictionary. */
  codes: Int32Array
  /** How many are translated. */
  done: number
  readonly misfits: Map<number, Misfit>
}

export const createVerdicts = (field: FieldPlan, at: string, adapted: (text: string) => unknown): TextVerdicts => {
  const known = new WeakMap<readonly string[], Verdict[]>()
  const translations = new WeakMap<readonly string[], Translation>()
  const verdictsOf = (dictionary: readonly string[]): Verdict[] => {
    const verdicts = known.get(dictionary) ?? []
    known.set(dictionary, verdicts)
    return verdicts
  }
  return {
    of: (dictionary, code) => {
      const verdicts = verdictsOf(dictionary)
      const verdict = verdicts[code] ?? coerce(field, adapted(dictionary[code]!), at)
      verdicts[code] = verdict
      return verdict
    },
    translation: (dictionary) => {
      const translation = translations.get(dictionary) ?? {
        texts: [],
        known: new Map(),
        codes: new Int32Array(0),
        done: 0,
        misfits: new Map(),
      }
      translations.set(dictionary, translation)
      translateOn(translation, dictionary, (text) => coerce(field, adapted(text), at))
      return translation
    },
  }
}

const translateOn = (translation: Translation, dictionary: readonly string[], verdict: (text: string) => Verdict): void => {
  if (dictionary.length > translation.codes.length) {
    const codes = new Int32Array(Math.max(dictionary.length, translation.codes.length * 2))
    codes.set(translation.codes)
    translation.codes = codes
  }
  for (; translation.done < dictionary.length; translation.done++) {
    const text = dictionary[translation.done]!
    translation.codes[translation.done] = placeOf(text, verdict(text), translation)
  }
}

/** The texts of a source's dictionary are all different, and so are those of them that stay as they are. */
const placeOf = (text: string, verdict: Verdict, translation: Translation): number => {
  const { texts, misfits, done } = translation
  if (isMisfit(verdict)) {
    misfits.set(done, verdict)
    return unfit
  }
  const fit = verdict.value as string
  if (fit === text && translation.known === undefined) return texts.push(fit) - 1
  translation.known ??= new Map(texts.map((known, place) => [known, place]))
  const place = translation.known.get(fit) ?? texts.push(fit) - 1
  translation.known.set(fit, place)
  return place
}

/** A column of texts for a field of texts. Its dictionary is shared by the batches of a source's dictionary. */
export const judgeTexts = ({ codes, dictionary }: Coded, missing: Misfit | undefined, verdicts: TextVerdicts): Judged => {
  const translation = verdicts.translation(dictionary)
  const places = translation.codes
  const held = new Int32Array(codes.length)
  const misfits: RowMisfit[] = []
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!
    const place = code < 0 ? -1 : places[code]!
    held[row] = place < 0 ? -1 : place
    if (place === unfit) misfits.push({ row, misfit: translation.misfits.get(code)! })
    else if (place < 0 && missing !== undefined) misfits.push({ row, misfit: missing })
  }
  return { column: { kind: 'code', codes: held, dictionary: translation.texts }, misfits }
}

const unfit = -2

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
    const verdict = code < 0 ? missing : verdicts.of(dictionary, code)
    if (verdict === undefined) continue
    if (isMisfit(verdict)) misfits.push({ row, misfit: verdict })
    else values[row] = verdict.value
  }
  return { column: columnOf(field, values), misfits }
}
