/** What one row-by-row engine holds: everything its writer, its readers and its eviction share. */
import { required } from '../../model/field.ts'
import type { CompiledWindows } from '../compiled.ts'
import { isNumber } from '../fields.ts'
import type { Keys } from '../keys.ts'
import { keysOf } from '../source.ts'
import type { Amended } from './amended.ts'
import { type Codec, createCodec } from './codec.ts'
import { createExtents, type Extents } from './extents.ts'
import { createIds, type Ids } from './ids.ts'
import { type Layout, layoutOf } from './layout.ts'
import { createSeriesStore, type SeriesStore } from './series.ts'

export interface RowState {
  readonly compiled: CompiledWindows
  readonly layout: Layout
  readonly keys: Keys
  readonly ids: Ids
  readonly store: SeriesStore
  /** By the definition's column. */
  readonly codecs: readonly Codec[]
  readonly extents: Extents
  /** By type and id, see `amendedKey`. */
  readonly amended: Map<string, Amended>
  /** By key code: the amended events of which some version gives it a row. */
  readonly exceptions: Map<number, Set<Amended>>
  /** Grows when a column turns out to hold whole numbers beyond ±(2^53 − 1): plans made before are out of date. */
  largeSeen: number
}

export const createRowState = (compiled: CompiledWindows): RowState => {
  const layout = layoutOf(compiled)
  const ids = createIds(compiled.members.map(({ typeRank }) => typeRank))
  const fieldOf = (column: number) => (column < 0 ? undefined : compiled.columns[column]!.field)
  const state: RowState = {
    compiled,
    layout,
    keys: keysOf(compiled),
    ids,
    store: createSeriesStore(layout.cells.length, ids),
    codecs: compiled.columns.map(({ field }) =>
      createCodec(field, () => {
        state.largeSeen++
      }),
    ),
    extents: createExtents(
      layout.cells.map(({ column }) => {
        const field = fieldOf(column)
        return field !== undefined && required(field).kind !== 'double'
      }),
      layout.cells.map(({ column }) => {
        const field = fieldOf(column)
        return field !== undefined && isNumber(field)
      }),
    ),
    amended: new Map(),
    exceptions: new Map(),
    largeSeen: 0,
  }
  return state
}

export const amendedKey = (type: string, id: string): string => `${type}\u0000${id}`
