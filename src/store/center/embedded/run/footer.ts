/** What a run's footer says; JSON, documented in docs/formats.md. */
import type { SchemaPlan } from '../../../../model/field.ts'
import type { Section } from './file.ts'
import type { NumberCode } from './numbers.ts'

export interface RunFooter {
  readonly type: string
  readonly rows: number
  readonly minTime: number
  readonly maxTime: number
  /** The declared fields when it was written. */
  readonly schema: SchemaPlan
  /** Path of the subject. */
  readonly subject: string
  readonly time: NumberPart
  readonly seq: NumberPart
  readonly ids: IdPart
  readonly recordedAt: StampPart
  readonly knownAt: StampPart
  readonly version: StampPart
  /** By leaf. */
  readonly columns: { readonly [path: string]: ColumnPart }
}

export interface NumberPart {
  readonly code: NumberCode
  readonly data: Section
}

/** `commit`: of the commit that made the run, which the manifest has. `recorded`: as `recordedAt`. `lag`: the row's time plus so much. */
export type StampPart = 'commit' | 'recorded' | { readonly lag: number } | NumberPart

export type ColumnPart =
  | { readonly as: 'time' | 'seq' }
  | ({ readonly as: 'number' } & NumberPart)
  /** Signed 64 bits; a byte a row in `nulls` is 1 for null. */
  | { readonly as: 'bigint'; readonly data: Section; readonly nulls?: Section }
  | DictionaryPart
  | { readonly as: 'texts'; readonly offsets: Section; readonly bytes: Section; readonly nulls?: Section }
  | { readonly as: 'json'; readonly offsets: Section; readonly bytes: Section }

/** Texts sorted by bytes; a row's code is the text's number, or with `nulls` that plus one and 0 for null. */
export interface DictionaryPart {
  readonly as: 'dictionary'
  readonly count: number
  readonly width: 0 | 1 | 2 | 4
  readonly nulls: boolean
  readonly codes: Section
  readonly offsets: Section
  readonly bytes: Section
  /** Rows by text: those of text i are `rows[starts[i] … starts[i + 1])`, ascending. */
  readonly index?: { readonly starts: Section; readonly rows: Section; readonly width: 0 | 1 | 2 | 4 }
}

export type IdPart =
  /** `prefix` and a number; rows in the order of their numbers where these do not ascend by themselves. */
  | {
      readonly as: 'derived'
      readonly prefix: string
      readonly min: number
      readonly max: number
      readonly numbers: NumberPart | 'seq'
      readonly byNumber?: RowsPart
    }
  /** Texts by row; `keys` are the ids' 32-bit keys ascending, `byKey` their rows. */
  | { readonly as: 'texts'; readonly offsets: Section; readonly bytes: Section; readonly keys: Section; readonly byKey: RowsPart }

export interface RowsPart {
  readonly data: Section
  readonly width: 0 | 1 | 2 | 4
}
