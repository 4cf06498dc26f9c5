/** Rows of an import that become no events, as dead letters. */

import type { ImportOptions } from './import-options.ts'
import type { NewDeadLetter, Origin } from './letter.ts'
import type { RefusedRow } from './map/mapper.ts'
import type { RowBatch } from './readers/batch.ts'

export interface LetterSource {
  readonly options: Pick<ImportOptions, 'mapping' | 'file' | 'knownAt' | 'clock'>
  /** The import's id. */
  readonly id: string
  /** What derived ids begin with. */
  readonly source: string
}

/** In their order; a row of the same import always has the same key. */
export const lettersOf = (from: LetterSource, batch: RowBatch, refused: readonly RefusedRow[]): readonly NewDeadLetter[] => {
  if (refused.length === 0) return []
  const form = formOf(batch)
  return refused.map((row) => letterOf(from, form, row))
}

type Form = Pick<Origin & { via: 'import' }, 'isUntyped' | 'units'>

/** What a row as an object does not tell of its source. */
const formOf = ({ columns }: RowBatch): Form => {
  const units = [...columns].flatMap(([name, column]) => ('unit' in column && column.unit !== undefined ? [[name, column.unit]] : []))
  const isUntyped = [...columns.values()].some((column) => column.kind === 'code' && column.isUntyped === true)
  return { ...(isUntyped && { isUntyped }), ...(units.length > 0 && { units: Object.fromEntries(units) }) }
}

const letterOf = ({ options, id, source }: LetterSource, form: Form, { position, event, refusal, record }: RefusedRow): NewDeadLetter => ({
  key: `${id}:${position}:${event?.index ?? 'row'}`,
  code: refusal.code,
  reason: refusal.message,
  at: refusal.at,
  ...(event !== undefined && { event: event.type }),
  position,
  origin: {
    via: 'import',
    importId: id,
    mapping: options.mapping.name,
    file: options.file,
    source,
    ...(options.knownAt !== undefined && { knownAt: options.knownAt }),
    ...form,
    ...(event !== undefined && { eventIndex: event.index }),
  },
  record,
  refusedAt: options.clock(),
})
