/** Rows of a batch that become events of one type: an event table, and refusals in the order `createStandardiser` checks. */
import { MillraceError } from '../../base/error.ts'
import { didYouMean } from '../../base/suggest.ts'
import { cellAt } from '../../model/cell.ts'
import { type Misfit, maxKeyBytes, utf8Length } from '../../model/coerce.ts'
import { fieldAt, required, type SchemaPlan } from '../../model/field.ts'
import type { EventMappingPlan } from '../../model/mapping.ts'
import type { EventPlan } from '../../model/plan.ts'
import { idOf, maxAheadMs } from '../../model/standardise.ts'
import type { Column, EventTable, Ids } from '../../model/table.ts'
import { compileCondition } from '../../windows/condition.ts'
import { createFieldSource, isNull, type MappedColumns } from './fields.ts'
import { gatherColumn, gatherNumbers } from './gather.ts'
import { createKnownAt, type KnownAtDefault } from './known-at.ts'
import type { RowMisfit } from './misfits.ts'

export interface EventMapper {
  readonly event: string
  /** `open`: 1 for each row that is not refused yet. */
  map(columns: MappedColumns, open: Uint8Array, batch: { readonly position: number; readonly latest: number }): MappedEvents
}

interface MappedEvents {
  readonly table: EventTable
  /** Of each row of the table, its row in the batch. */
  readonly places: Int32Array
  readonly misfits: readonly RowMisfit[]
}

export interface EventMapperInput {
  /** `mapping 'cards', into 'payment'`. */
  readonly at: string
  readonly into: EventMappingPlan
  readonly plan: EventPlan
  /** The mapping's columns. */
  readonly schema: SchemaPlan
  /** Of ids where the type declares none: the row's number is put behind it. */
  readonly idPrefix: string
  readonly knownAt: KnownAtDefault | undefined
}

/** Throws COLUMN_UNKNOWN, FIELD_UNKNOWN, FIELD_MISSING, KNOWN_AT_MISSING, and what a condition is refused for. */
export const createEventMapper = (input: EventMapperInput): EventMapper => {
  const { at, into, plan, schema } = input
  checkFields(input)
  const names = Object.keys(schema)
  const scope = { at: `${at}, where`, names, column: (path: string) => columnAt(schema, path) }
  const condition = into.where && compileCondition(into.where, scope)
  const checked = [
    ...new Set([plan.time, plan.subject, ...(plan.id ?? []), ...(plan.seq === undefined ? [] : [plan.seq]), ...Object.keys(plan.data)]),
  ]
  const sources = checked
    .filter((name) => into.fields[name] !== undefined)
    .map((name) => [name, createFieldSource(name, plan.data[name]!, into.fields[name]!, schema)] as const)
  const knownAt = createKnownAt(at, into, schema, input.knownAt)
  return {
    event: into.event,
    map: (columns, open, batch) => {
      const wanted = condition === undefined ? open.slice() : selected(condition, columns, open)
      const misfits: RowMisfit[] = []
      const refuse = (found: readonly RowMisfit[]): void => {
        for (const one of found) {
          if (wanted[one.row] !== 1) continue
          wanted[one.row] = 0
          misfits.push(one)
        }
      }
      const made = new Map<string, Column>()
      for (const [name, source] of sources) {
        const { column, misfits: found } = source(columns, wanted)
        made.set(name, column)
        refuse(found)
      }
      refuse(placeMisfits(plan, made, wanted, batch.latest))
      const ids = plan.id === undefined ? undefined : declaredIds(plan, made, wanted, refuse)
      const known = knownAt(columns, wanted, made.get(plan.time)!)
      refuse(known.misfits)
      const rows = rowsOf(wanted)
      const table = tableOf({ input, made, ids, known: known.stamps, rows, total: columns.rows, position: batch.position })
      return { misfits, places: rows, table }
    },
  }
}

const columnAt = (schema: SchemaPlan, path: string) => {
  const field = fieldAt(schema, path)
  return field && { path, field }
}

const checkFields = ({ at, into, plan, schema }: EventMapperInput): void => {
  for (const [name, sourced] of Object.entries(into.fields)) {
    if (!Object.hasOwn(plan.data, name)) {
      throw new MillraceError('FIELD_UNKNOWN', 'the event has no such field', {
        at,
        value: name,
        hint: didYouMean(name, Object.keys(plan.data)),
      })
    }
    const paths = 'column' in sourced ? [sourced.column] : 'of' in sourced ? sourced.of : []
    const unknown = paths.find((path) => fieldAt(schema, path) === undefined)
    if (unknown === undefined) continue
    throw new MillraceError('COLUMN_UNKNOWN', 'the mapping declares no such column', {
      at: `${at}, field '${name}'`,
      value: unknown,
      hint: didYouMean(unknown, Object.keys(schema)),
    })
  }
  const missing = Object.keys(plan.data).find((name) => plan.data[name]!.kind !== 'optional' && into.fields[name] === undefined)
  if (missing !== undefined)
    throw new MillraceError('FIELD_MISSING', 'a field of the event that is not optional has no value', {
      at,
      value: missing,
      hint: 'map it, or declare it optional',
    })
}

const selected = (condition: ReturnType<typeof compileCondition>, columns: MappedColumns, open: Uint8Array): Uint8Array => {
  const read = Object.fromEntries(condition.paths.map((path) => [path, columns.column(path)]))
  const mask = condition.mask(read, columns.rows)
  for (let row = 0; row < mask.length; row++) mask[row]! &= open[row]!
  return mask
}

/** Time and subject are there, and the time is not ahead. */
const placeMisfits = (plan: EventPlan, made: ReadonlyMap<string, Column>, wanted: Uint8Array, latest: number): readonly RowMisfit[] => {
  const misfits: RowMisfit[] = []
  const time = (made.get(plan.time) as Extract<Column, { kind: 'number' }>).values
  const subject = made.get(plan.subject)!
  for (let row = 0; row < wanted.length; row++) {
    if (wanted[row] !== 1) continue
    const misfit = Number.isNaN(time[row]!)
      ? missing(plan.time, 'the time of the event')
      : isNull(subject, row)
        ? missing(plan.subject, 'the key of the subject')
        : time[row]! > latest
          ? ahead(plan.time, time[row]!, latest)
          : undefined
    if (misfit !== undefined) misfits.push({ row, misfit })
  }
  return misfits
}

const missing = (at: string, expected: string): Misfit => ({ misfit: 'FIELD_MISSING', at, value: undefined, expected })

const ahead = (at: string, value: number, latest: number): Misfit => ({
  misfit: 'TIME_AHEAD',
  at,
  value,
  expected: `a time at or before ${latest}, ${maxAheadMs / 60_000} min beyond when it was recorded`,
})

/** The texts of declared ids, by row. Those that cannot be ids are refused. */
const declaredIds = (
  plan: EventPlan,
  made: ReadonlyMap<string, Column>,
  wanted: Uint8Array,
  refuse: (found: readonly RowMisfit[]) => void,
): readonly string[] => {
  const names = plan.id!
  const ids = new Array<string>(wanted.length).fill('')
  const misfits: RowMisfit[] = []
  for (let row = 0; row < wanted.length; row++) {
    if (wanted[row] !== 1) continue
    const id = idOf(names.map((name) => (made.has(name) ? cellAt(made.get(name)!, plan.data[name]!, row) : null)))
    ids[row] = id
    if (id !== '' && id.length * 3 <= maxKeyBytes) continue
    const misfit = id === '' ? 'ID_EMPTY' : utf8Length(id) > maxKeyBytes ? 'ID_TOO_LONG' : undefined
    if (misfit !== undefined)
      misfits.push({ row, misfit: { misfit, at: names.join(', '), value: id, expected: `1 to ${maxKeyBytes} bytes of UTF-8` } })
  }
  refuse(misfits)
  return ids
}

const rowsOf = (wanted: Uint8Array): Int32Array => {
  let count = 0
  for (let row = 0; row < wanted.length; row++) count += wanted[row]!
  const rows = new Int32Array(count)
  for (let row = 0, next = 0; row < wanted.length; row++) if (wanted[row] === 1) rows[next++] = row
  return rows
}

interface TableInput {
  readonly input: EventMapperInput
  readonly made: ReadonlyMap<string, Column>
  readonly ids: readonly string[] | undefined
  readonly known: number | Float64Array
  readonly rows: Int32Array
  readonly total: number
  readonly position: number
}

const tableOf = ({ input: { into, plan, idPrefix }, made, ids, known, rows, total, position }: TableInput): EventTable => {
  const isWhole = rows.length === total
  const numbers = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) numbers[i] = position + rows[i]!
  const columns = [...made].map(([name, column]): [string, Column] => [name, isWhole ? column : gatherColumn(column, rows)])
  const time = made.get(plan.time) as Extract<Column, { kind: 'number' }>
  return {
    type: into.event,
    rows: rows.length,
    time: isWhole ? time.values : gatherNumbers(time.values, rows),
    seq: seqOf(plan, made, rows) ?? numbers,
    ids: ids === undefined ? derivedIds(idPrefix, numbers) : { at: (row) => ids[rows[row]!]! },
    recordedAt: Number.NaN,
    knownAt: typeof known === 'number' || isWhole ? known : gatherNumbers(known, rows),
    columns: Object.fromEntries(columns),
    amended: [],
  }
}

const derivedIds = (prefix: string, numbers: Float64Array): Ids => ({ at: (row) => prefix + numbers[row]!, derived: { prefix, numbers } })

const seqOf = ({ seq, data }: EventPlan, made: ReadonlyMap<string, Column>, rows: Int32Array): Float64Array | undefined => {
  if (seq === undefined) return undefined
  const column = made.get(seq)
  const numbers = new Float64Array(rows.length)
  if (column === undefined) return numbers
  const field = required(data[seq]!)
  for (let i = 0; i < rows.length; i++) numbers[i] = Number(cellAt(column, field, rows[i]!) ?? 0)
  return numbers
}
