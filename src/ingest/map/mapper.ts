/** A mapping run over batches of rows. */
import { MillraceError, shown } from '../../base/error.ts'
import { didYouMean } from '../../base/suggest.ts'
import type { Misfit } from '../../model/coerce.ts'
import { required, type SchemaPlan } from '../../model/field.ts'
import type { MappingPlan } from '../../model/mapping.ts'
import type { EventPlan, Named } from '../../model/plan.ts'
import type { Refusal } from '../../model/standardise.ts'
import type { Column, EventTable } from '../../model/table.ts'
import type { RowBatch, SourceColumnInfo } from '../readers/batch.ts'
import { createEventMapper } from './event-map.ts'
import { mappedColumns } from './fields.ts'
import type { KnownAtDefault } from './known-at.ts'
import { createColumnJudge } from './source-columns.ts'

export interface Mapper {
  /** Names of the source's columns that it reads. */
  readonly columns: readonly string[]
  /** Those of them that are times, and nothing else. */
  readonly times: readonly string[]
  /** `latest`: the latest time that an event may have. */
  map(batch: RowBatch, latest: number): MappedBatch
}

export interface MappedBatch {
  /** One for each event of the mapping, in its order; of no rows where none became one. */
  readonly tables: readonly EventTable[]
  /** Of each table, its rows' places in the batch. */
  readonly places: readonly Int32Array[]
  /** In the order of rows. */
  readonly refused: readonly RefusedRow[]
}

export interface RefusedRow {
  readonly position: number
  /** Which event of the mapping; left out where the row itself does not fit, and becomes none. */
  readonly event?: { readonly index: number; readonly type: string }
  readonly refusal: Refusal
  /** The row as it stands in the source. */
  readonly record: unknown
}

export interface MapperInput {
  readonly mapping: { readonly name: string; readonly plan: MappingPlan }
  readonly events: Named<EventPlan>
  /** What derived ids begin with: the mapping's name, unless another file was imported by it before. */
  readonly source?: string
  readonly knownAt?: KnownAtDefault | undefined
}

/** Throws EVENT_UNKNOWN, COLUMN_UNKNOWN, FIELD_UNKNOWN, FIELD_MISSING, KNOWN_AT_MISSING, and what a condition is refused for. */
export const createMapper = ({ mapping, events, source = mapping.name, knownAt }: MapperInput): Mapper => {
  const { columns, events: parts } = mapping.plan
  const schema: SchemaPlan = Object.fromEntries(Object.entries(columns).map(([name, { field }]) => [name, field]))
  const judges = Object.entries(columns).map(([name, plan]) => ({ name, from: plan.name, judge: createColumnJudge(name, plan) }))
  const mappers = parts.map((into, i) => {
    const at = `mapping '${mapping.name}', into '${into.event}'`
    const before = parts.slice(0, i).filter(({ event }) => event === into.event).length
    const idPrefix = before === 0 ? `${source}:` : `${source}#${before + 1}:`
    return createEventMapper({ at, into, plan: eventOf(at, events, into.event), schema, idPrefix, knownAt })
  })
  return {
    columns: [...new Set(judges.map(({ from }) => from))],
    times: judges
      .map(({ from }) => from)
      .filter((name) => Object.values(columns).every((one) => one.name !== name || required(one.field).kind === 'time')),
    map: (batch, latest) => {
      const open = new Uint8Array(batch.rows).fill(1)
      const refused: RefusedRow[] = []
      const refuse = (row: number, refusal: Refusal, event?: RefusedRow['event']): void => {
        const record = batch.unreadable.get(row)?.record ?? batch.record(row)
        refused.push({ position: batch.position + row, ...(event !== undefined && { event }), refusal, record })
      }
      for (const [row, { refusal }] of batch.unreadable) {
        open[row] = 0
        refuse(row, refusal)
      }
      const judged = new Map<string, Column>()
      for (const { name, from, judge } of judges) {
        const { column, misfits } = judge(batch.columns.get(from), batch.rows)
        judged.set(name, column)
        for (const { row, misfit } of misfits) {
          if (open[row] !== 1) continue
          open[row] = 0
          refuse(row, refusalOf(misfit))
        }
      }
      const mapped = mappedColumns(judged, schema, batch.rows)
      const made = mappers.map((mapper, index) => {
        const events = mapper.map(mapped, open, { position: batch.position, latest })
        for (const { row, misfit } of events.misfits) refuse(row, refusalOf(misfit), { index, type: mapper.event })
        return events
      })
      return {
        tables: made.map(({ table }) => table),
        places: made.map(({ places }) => places),
        refused: refused.sort((a, b) => a.position - b.position),
      }
    },
  }
}

const eventOf = (at: string, events: Named<EventPlan>, name: string): EventPlan => {
  if (Object.hasOwn(events, name)) return events[name]!
  throw new MillraceError('EVENT_UNKNOWN', 'there is no such event', { at, value: name, hint: didYouMean(name, Object.keys(events)) })
}

/** As `createStandardiser` words it. */
const refusalOf = ({ misfit, at, value, expected }: Misfit): Refusal => ({
  code: misfit,
  at,
  value,
  expected,
  message: `${at}: found ${value === undefined ? 'nothing' : shown(value)}; expected ${expected}`,
})

/**
 * The columns that a mapping reads are in the file: throws COLUMN_MISSING where one that must have values is not. Gives the
 * names of optional ones that are not there, whose fields stay empty.
 */
export const checkColumns = (
  path: string,
  mapping: MapperInput['mapping'],
  columns: readonly SourceColumnInfo[] | undefined,
): readonly string[] => {
  if (columns === undefined) return []
  const names = columns.map(({ name }) => name)
  const isThere = (name: string) =>
    names.includes(name) || columns.some((column) => column.kind === 'nested' && name.startsWith(`${column.name}.`))
  const absent = Object.values(mapping.plan.columns).filter(({ name }) => !isThere(name))
  const needed = absent.find(({ field }) => field.kind !== 'optional')
  if (needed === undefined) return absent.map(({ name }) => name)
  throw new MillraceError('COLUMN_MISSING', `the file lacks a column that mapping '${mapping.name}' reads`, {
    at: path,
    value: needed.name,
    hint: didYouMean(needed.name, names),
  })
}
