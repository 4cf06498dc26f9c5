/**
 * The row-by-row engine: the series of one windows definition in memory, written version by version in any order, and read for one
 * key as of any time, under any read. What live and call use; its answers are the batch engine's, bit for bit.
 */
import { assert } from '../../base/assert.ts'
import { MillraceError } from '../../base/error.ts'
import type { EventVersion } from '../../model/event.ts'
import type { EventTable } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { CompiledWindows } from '../compiled.ts'
import type { SlotValues } from './answer.ts'
import type { RowQuestion } from './question.ts'
import { createReader } from './reader.ts'
import { createResidence } from './residence.ts'
import { createRowState } from './state.ts'
import { canMerge, createUnits } from './units.ts'
import { createVersionRows } from './version-rows.ts'
import { createWriter } from './writer.ts'

export type { SlotValues } from './answer.ts'
export type { RowQuestion } from './question.ts'

export interface RowEngineOptions {
  /**
   * `all` (the default): every key that comes in is held. `loaded`: only keys that the owner has `load`ed; versions of others are
   * passed over, since the owner reads them from the center when a question first needs them.
   */
  readonly holds?: 'all' | 'loaded'
  /** Rows take at most about so much memory: with `loaded`, keys not asked for lately are forgotten beyond it. Default: no limit. */
  readonly memoryBytes?: number
  /**
   * With `loaded`, and where the definition declares `merge` and asks only what records of units answer: rows of past units are
   * merged into one record each. A key is forgotten when anything arrives among its merged rows, and a question that needs single
   * rows of them throws UNITS_MERGED. Default: false.
   */
  readonly mergesUnits?: boolean
  /** So many rows of past units are worth a merge, where a unit has an eighth of it on average. Default: 256. */
  readonly fewestRows?: number
  /** Told of each key that was forgotten. */
  readonly evicted?: (key: readonly Value[]) => void
}

export interface RowEngine {
  readonly compiled: CompiledWindows
  /** Whether rows are merged (see `mergesUnits`), so that a question may throw UNITS_MERGED. */
  readonly merges: boolean
  /**
   * Takes one version in, in any order with others. The same again changes nothing. A later version of an event must have its key
   * and place, or come after a `moved` marker at the place it left, and no filter may refuse it; where that is not sure, the
   * event's versions come by `insertVersions`.
   */
  insert(version: EventVersion): void
  /** Takes in all versions of one event, in any order: what the owner gives for an event that was corrected or deleted. */
  insertVersions(versions: readonly EventVersion[]): void
  /** Takes in whole tables, one for each member of the definition. */
  insertTables(tables: readonly EventTable[]): void
  /** With `holds: 'loaded'`: takes in one key's tables, and holds the key from now on. */
  load(key: readonly Value[], tables: readonly EventTable[]): void
  /**
   * With `holds: 'loaded'`, where nothing is merged: takes in what comes of these keys, but for questions does not have them. So
   * many keys are loaded part by part, by `insertTables`, until `complete` says that all came. A `load` completes one key.
   */
  expect(keys: readonly (readonly Value[])[]): void
  complete(keys: readonly (readonly Value[])[]): void
  /** Whether questions about the key can be answered without loading it. Always true with `holds: 'all'`. */
  has(key: readonly Value[]): boolean
  /** Of the keys that have rows as many as are wanted, in no order. */
  heldKeys(most: number): readonly (readonly Value[])[]
  /** Forgets a key's rows. */
  evict(key: readonly Value[]): void
  /** Fills every slot. Throws KEY_NOT_LOADED where the key must be loaded first, UNITS_MERGED (see `mergesUnits`). */
  query(question: RowQuestion, into: SlotValues): void
  /** The same for some slots only, by index; made once, used often. */
  queryOf(slots: readonly number[]): (question: RowQuestion, into: SlotValues) => void
  /** Room for the answers of one question. */
  createSlotValues(): SlotValues
  /** Bytes of the rows held. */
  memoryBytes(): number
}

export const createRowEngine = (compiled: CompiledWindows, options: RowEngineOptions = {}): RowEngine => {
  const state = createRowState(compiled)
  const isSelective = options.holds === 'loaded'
  const versionRows = createVersionRows(state, { addsKeys: !isSelective })
  const units =
    isSelective && options.mergesUnits === true && canMerge(state)
      ? createUnits(state, versionRows.release, options.fewestRows ?? defaultFewestRows)
      : undefined
  const residence = createResidence(state, units, {
    isSelective,
    limitBytes: options.memoryBytes ?? Number.POSITIVE_INFINITY,
    evicted: options.evicted ?? (() => {}),
  })
  const writer = createWriter(state, versionRows, {
    accepts: residence.holds,
    ...(units !== undefined && {
      arrives: (key: number, time: number) => {
        if (units.isMerged(key, time)) residence.evict(key)
      },
      grown: units.mergeGrown,
    }),
  })
  residence.releaseWith(versionRows.release)

  const codeOf = (key: readonly Value[] | null): number => (key === null ? -1 : state.keys.code(key))
  const isHeld = (code: number): boolean => !isSelective || (residence.isWhole(code) && units?.isCurrent(code) !== false)
  const queryOf = (slots: readonly number[]) => {
    const reader = createReader(state, versionRows, { slots, units })
    return (question: RowQuestion, into: SlotValues): void => {
      const code = codeOf(question.key)
      if (question.key !== null && !isHeld(code)) throw notLoaded(compiled.name, question.key)
      residence.touch(code)
      reader.read(code, question, into)
    }
  }
  const query = queryOf(compiled.slots.map(({ index }) => index))
  return {
    compiled,
    merges: units !== undefined,
    insert: writer.insert,
    insertVersions: writer.insertVersions,
    insertTables: (tables) => {
      writer.insertTables(tables)
      residence.shrink()
    },
    load: (key, tables) => {
      if (units?.of(codeOf(key)) !== undefined) residence.evict(codeOf(key))
      residence.admit(state.keys.add(key))
      writer.insertTables(tables)
      units?.merge(state.keys.code(key))
      residence.shrink()
    },
    expect: (keys) => {
      assert(units === undefined, 'keys that are merged come one by one')
      for (const key of keys) if (!isHeld(codeOf(key))) residence.expect(state.keys.add(key))
    },
    complete: (keys) => {
      for (const key of keys) residence.complete(codeOf(key))
    },
    has: (key) => isHeld(codeOf(key)),
    heldKeys: residence.heldKeys,
    evict: (key) => residence.evict(codeOf(key)),
    query,
    queryOf,
    createSlotValues: () => ({
      numbers: new Float64Array(compiled.slots.length).fill(Number.NaN),
      values: new Array<Value>(compiled.slots.length).fill(null),
    }),
    memoryBytes: residence.bytes,
  }
}

const defaultFewestRows = 256

const notLoaded = (windows: string, key: readonly Value[]): MillraceError =>
  new MillraceError('KEY_NOT_LOADED', 'the series of this key is not in memory', { at: `windows.${windows}`, value: key, retryable: true })

/** False where merged units do not answer the question: then nothing is written, and an engine that merges nothing is to be asked. */
export const isAnswered = (engine: RowEngine, question: RowQuestion, into: SlotValues): boolean => {
  try {
    engine.query(question, into)
    return true
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'UNITS_MERGED') return false
    throw error
  }
}
