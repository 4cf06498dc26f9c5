/** Results of two versions of a job, root by root. */
import type { ResultSlice } from '../../jobs/batch/results.ts'
import { canonical, type Json } from '../../model/json.ts'
import type { Column } from '../../model/table.ts'
import { type Collected, resultFields, valueAtRow } from './collected.ts'

export interface FieldDifference {
  /** Roots for which the field differs. */
  readonly different: number
  /** Over those where both are numbers: the mean and the largest of |after − before|. */
  readonly numbers?: { readonly mean: number; readonly largest: number }
}

export interface RootDifference {
  readonly root: string
  readonly time: number
  readonly subject: string
  readonly fields: { readonly [field: string]: { readonly before: Json; readonly after: Json } }
}

export interface ResultDifferences {
  /** Roots that both have. */
  readonly compared: number
  readonly different: number
  readonly onlyBefore: number
  readonly onlyAfter: number
  /** Fields that only one version returns; they are not compared. */
  readonly fieldsBefore: readonly string[]
  readonly fieldsAfter: readonly string[]
  readonly fields: { readonly [field: string]: FieldDifference }
  /** The first of them in the order of roots. */
  readonly first: readonly RootDifference[]
}

interface Place {
  readonly slice: ResultSlice
  readonly row: number
}

/** `show`: how many roots that differ are named. What main failed with is compared as the field `main_error`. */
export const resultDifferences = (before: Collected, after: Collected, show: number): ResultDifferences => {
  const names = { before: resultFields(before.schema), after: resultFields(after.schema) }
  const common = [...names.before.filter((field) => names.after.includes(field)), 'main_error']
  const counts = new Map(common.map((field) => [field, { different: 0, numbers: 0, sum: 0, largest: 0 }]))
  const first: RootDifference[] = []
  const find = createFinder(before)
  const pair = createPair(before, after)
  const alike = new Set(common.filter((field) => canonical(before.schema[field]) === canonical(after.schema[field])))
  const isSame = (field: string, a: Place, b: Place): boolean => {
    const known = alike.has(field) ? sameCells(a.slice.columns[field]!, b.slice.columns[field]!, a.row, b.row) : undefined
    if (known !== undefined) return known
    const { before: was, after: is } = pair(field, a, b)
    return canonical(was) === canonical(is)
  }
  let [compared, different, onlyAfter] = [0, 0, 0]
  for (const slice of after.slices) {
    for (let row = 0; row < slice.rows; row++) {
      const place = find({ slice, row })
      if (place === undefined) {
        onlyAfter++
        continue
      }
      compared++
      const changed = common.filter((field) => !isSame(field, place, { slice, row }))
      if (changed.length === 0) continue
      different++
      const fields = Object.fromEntries(changed.map((field) => [field, pair(field, place, { slice, row })]))
      for (const field of changed) note(counts.get(field)!, fields[field]!)
      if (first.length < show) first.push({ ...rootOf(after, { slice, row }), fields })
    }
  }
  return {
    compared,
    different,
    onlyBefore: rowsOf(before) - compared,
    onlyAfter,
    fieldsBefore: names.before.filter((field) => !names.after.includes(field)),
    fieldsAfter: names.after.filter((field) => !names.before.includes(field)),
    fields: Object.fromEntries([...counts].filter(([, { different }]) => different > 0).map(([field, count]) => [field, summary(count)])),
    first,
  }
}

const rowsOf = ({ slices }: Collected): number => slices.reduce((sum, { rows }) => sum + rows, 0)

/** Both versions mostly have the same roots in the same order, which needs no index; where they part, one is made. */
const createFinder = (before: Collected): ((wanted: Place) => Place | undefined) => {
  let index: ReadonlyMap<string, Place> | undefined
  let [slice, row] = [0, 0]
  const next = (): Place | undefined => {
    while (slice < before.slices.length && row >= before.slices[slice]!.rows) {
      slice++
      row = 0
    }
    const found = before.slices[slice]
    return found && { slice: found, row: row++ }
  }
  return (wanted) => {
    const key = keyOf(wanted)
    if (index === undefined) {
      const place = next()
      if (place !== undefined && keyOf(place) === key) return place
      index = indexOf(before)
    }
    return index.get(key)
  }
}

const keyOf = ({ slice: { columns }, row }: Place): string => {
  const [ids, times] = [columns['root_id']!, columns['root_time']!]
  const id = ids.kind === 'code' ? ids.dictionary[ids.codes[row]!]! : ''
  return `${times.kind === 'number' ? times.values[row]! : ''} ${id}`
}

const indexOf = ({ slices }: Collected): ReadonlyMap<string, Place> => {
  const index = new Map<string, Place>()
  for (const slice of slices) for (let row = 0; row < slice.rows; row++) index.set(keyOf({ slice, row }), { slice, row })
  return index
}

/** Undefined where only the values themselves tell. */
const sameCells = (x: Column, y: Column, a: number, b: number): boolean | undefined => {
  if (x.kind === 'number' && y.kind === 'number') return Object.is(x.values[a], y.values[b])
  if (x.kind === 'code' && y.kind === 'code') return x.dictionary[x.codes[a]!] === y.dictionary[y.codes[b]!]
  return undefined
}

/** A field's value in both, of the same root. */
const createPair = (before: Collected, after: Collected) => (field: string, a: Place, b: Place) => ({
  before: valueAtRow(before, a.slice, field, a.row),
  after: valueAtRow(after, b.slice, field, b.row),
})

const rootOf = (of: Collected, { slice, row }: Place): Omit<RootDifference, 'fields'> => ({
  root: valueAtRow(of, slice, 'root_id', row) as string,
  time: valueAtRow(of, slice, 'root_time', row) as number,
  subject: valueAtRow(of, slice, 'root_subject', row) as string,
})

interface Count {
  different: number
  numbers: number
  sum: number
  largest: number
}

const note = (count: Count, { before, after }: { readonly before: Json; readonly after: Json }): void => {
  count.different++
  if (typeof before !== 'number' || typeof after !== 'number') return
  const by = Math.abs(after - before)
  count.numbers++
  count.sum += by
  count.largest = Math.max(count.largest, by)
}

const summary = ({ different, numbers, sum, largest }: Count): FieldDifference => ({
  different,
  ...(numbers > 0 && { numbers: { mean: sum / numbers, largest } }),
})
