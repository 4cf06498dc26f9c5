/** Columns of several tables made into one, in a given order of rows. */
import { type FieldPlan, required } from '../model/field.ts'
import type { BigintColumn, CodeColumn, Column, NumberColumn, ValueColumn } from '../model/table.ts'
import type { Value } from '../model/value.ts'

/** For each row of the definition the part it comes from and its row there. */
export interface Order {
  readonly parts: Uint16Array
  readonly rows: Int32Array
  /** Whether it is all rows of one part, in their order. */
  readonly isWhole?: boolean
}

/**
 * The values of `sources` (one column for each part of the order), row by row in that order, and after them those of `more`.
 * Decimals come as numbers where all parts hold them so, else as bigints; texts under one dictionary.
 */
export const gatherColumn = (field: FieldPlan, sources: readonly Column[], order: Order, more: Column | undefined): Column => {
  if (order.isWhole === true && more === undefined) return sources[0]!
  const all = more === undefined ? sources : [...sources, more]
  const { kind } = required(field)
  if (kind === 'list' || kind === 'object') return gatherValues(all as readonly ValueColumn[], order, more !== undefined)
  if (all.some((column) => column.kind === 'code')) return gatherCodes(all as readonly CodeColumn[], order, more !== undefined)
  if (all.some((column) => column.kind === 'bigint'))
    return gatherBigints(all as readonly (BigintColumn | NumberColumn)[], order, more !== undefined)
  return gatherNumbers(all as readonly NumberColumn[], order, more !== undefined)
}

/** Calls `copy` for each row: target row, source, source row. The last source, where `hasMore`, stands whole at the end. */
const eachRow = (
  { parts, rows }: Order,
  moreSource: number,
  moreRows: number,
  copy: (to: number, source: number, from: number) => void,
): void => {
  for (let i = 0; i < rows.length; i++) copy(i, parts[i]!, rows[i]!)
  for (let i = 0; i < moreRows; i++) copy(rows.length + i, moreSource, i)
}

const gatherNumbers = (all: readonly NumberColumn[], order: Order, hasMore: boolean): Column => {
  const more = hasMore ? all.at(-1)!.values.length : 0
  const values = new Float64Array(order.rows.length + more)
  const sources = all.map((column) => column.values)
  if (order.isWhole === true && hasMore) {
    values.set(sources[0]!)
    values.set(sources[1]!, order.rows.length)
    return { kind: 'number', values }
  }
  eachRow(order, all.length - 1, more, (to, source, from) => {
    values[to] = sources[source]![from]!
  })
  return { kind: 'number', values }
}

const gatherBigints = (all: readonly (BigintColumn | NumberColumn)[], order: Order, hasMore: boolean): Column => {
  const more = hasMore ? all.at(-1)!.values.length : 0
  const values = new BigInt64Array(order.rows.length + more)
  const nulls = new Uint8Array(values.length)
  eachRow(order, all.length - 1, more, (to, source, from) => {
    const column = all[source]!
    if (column.kind === 'bigint') {
      values[to] = column.values[from]!
      nulls[to] = column.nulls?.[from] ?? 0
    } else if (Number.isNaN(column.values[from]!)) nulls[to] = 1
    else values[to] = BigInt(column.values[from]!)
  })
  return nulls.includes(1) ? { kind: 'bigint', values, nulls } : { kind: 'bigint', values }
}

const gatherCodes = (all: readonly CodeColumn[], order: Order, hasMore: boolean): Column => {
  const { maps, dictionary } = unifyDictionaries(all)
  const more = hasMore ? all.at(-1)!.codes.length : 0
  const codes = new Int32Array(order.rows.length + more)
  if (order.isWhole === true && hasMore) {
    // The first dictionary keeps its codes.
    codes.set(all[0]!.codes)
    const map = maps?.[1]
    for (let i = 0, to = order.rows.length; i < more; i++, to++) codes[to] = recoded(map, all[1]!.codes[i]!)
    return { kind: 'code', codes, dictionary }
  }
  eachRow(order, all.length - 1, more, (to, source, from) => {
    const code = all[source]!.codes[from]!
    codes[to] = recoded(maps?.[source], code)
  })
  return { kind: 'code', codes, dictionary }
}

const recoded = (map: Int32Array | undefined, code: number): number => (code < 0 || map === undefined ? code : map[code]!)

/** One dictionary, and for each column its code there; no `maps` where all have that dictionary already. The first keeps its codes. */
const unifyDictionaries = (
  all: readonly CodeColumn[],
): { readonly maps: readonly Int32Array[] | undefined; readonly dictionary: readonly string[] } => {
  const [first] = all
  if (all.every((column) => column.dictionary === first!.dictionary)) return { maps: undefined, dictionary: first!.dictionary }
  const known = new Map(first!.dictionary.map((text, code) => [text, code]))
  const maps = all.map((column) =>
    Int32Array.from(column.dictionary, (text) => {
      const code = known.get(text) ?? known.size
      if (code === known.size) known.set(text, code)
      return code
    }),
  )
  return { maps, dictionary: [...known.keys()] }
}

const gatherValues = (all: readonly ValueColumn[], order: Order, hasMore: boolean): Column => {
  const more = hasMore ? all.at(-1)!.values.length : 0
  const values: Value[] = new Array(order.rows.length + more)
  eachRow(order, all.length - 1, more, (to, source, from) => {
    values[to] = all[source]!.values[from] ?? null
  })
  return { kind: 'value', values }
}
