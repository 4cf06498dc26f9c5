/**
 * Which keys are held, and which are forgotten when memory runs short: those not asked for since the hand last passed (CLOCK:
 * F. J. Corbató, "A paging experiment with the Multics system", 1968).
 */
import type { Value } from '../../model/value.ts'
import { copyRow } from './changes.ts'
import { rowsOf } from './directory.ts'
import { blockHead, clearStamps, dropSeries, headBits, none, openSeries, reserveKey, versionColumn } from './series.ts'
import { amendedKey, type RowState } from './state.ts'
import type { Units } from './units.ts'

export interface Residence {
  /** Whether what comes of a key is taken in. */
  holds(key: number): boolean
  /** Whether all of it is there. */
  isWhole(key: number): boolean
  admit(key: number): void
  /** Takes in what comes of a key, which is not whole until it is admitted or complete. */
  expect(key: number): void
  /** All has come; nothing where the key was forgotten meanwhile. */
  complete(key: number): void
  touch(key: number): void
  evict(key: number): void
  /** Of the keys that have rows so many at most. */
  heldKeys(most: number): readonly (readonly Value[])[]
  /** Forgets keys until the limit is kept; the one admitted or asked for last stays. */
  shrink(): void
  bytes(): number
  /** How to give back what a row holds on to. */
  releaseWith(release: (row: Float64Array) => void): void
}

const held = 1
const used = 2
const partial = 4

export const createResidence = (
  state: RowState,
  units: Pick<Units, 'bytes' | 'forget'> | undefined,
  options: { readonly isSelective: boolean; readonly limitBytes: number; evicted(key: readonly Value[]): void },
): Residence => {
  const { store } = state
  let flags = new Uint8Array(16)
  let hand = 0
  let latest = -1
  let release: (row: Float64Array) => void = () => {}

  const bytes = (): number => (store.arena.held + store.pool.held) * 8 + (units?.bytes() ?? 0)
  const holds = (key: number): boolean => !options.isSelective || (key >= 0 && (flags[key] ?? 0) > 0)

  const isWhole = (key: number): boolean => holds(key) && (!options.isSelective || (flags[key]! & partial) === 0)

  const setFlags = (key: number, of: number): void => {
    if (key >= flags.length) {
      const wider = new Uint8Array(Math.max(2 * flags.length, key + 1))
      wider.set(flags)
      flags = wider
    }
    flags[key] = of
  }

  const admit = (key: number): void => {
    setFlags(key, held | used)
    latest = key
  }

  const touch = (key: number): void => {
    if (!options.isSelective || key < 0) return
    flags[key]! |= used
    latest = key
  }

  const evict = (key: number): void => {
    if (key < 0) return
    if (key < flags.length) flags[key] = 0
    releaseRows(key)
    forgetExceptions(key)
    dropSeries(store, key)
    units?.forget(key)
    reserveKey(store, key)
    clearStamps(store, key)
    options.evicted(state.keys.values(key))
  }

  const heldKeys = (most: number): readonly (readonly Value[])[] => {
    const keys: (readonly Value[])[] = []
    const { heads } = store
    for (let key = 0; key << headBits < heads.length && keys.length < most; key++) {
      if (isWhole(key) && heads[(key << headBits) + blockHead] !== none) keys.push(state.keys.values(key))
    }
    return keys
  }

  const releaseRows = (key: number): void => {
    const directory = openSeries(store, key)
    if (directory === undefined) return
    const row = new Float64Array(store.width)
    for (let leaf = 0; leaf < directory.count; leaf++) {
      for (let at = 0; at < rowsOf(directory, leaf); at++) {
        copyRow(store, directory, leaf, at, row)
        if (!Number.isNaN(row[versionColumn]!)) release(row)
      }
    }
  }

  /** An amended event without a row in any held key is forgotten whole: whoever loads one of its keys brings all its versions. */
  const forgetExceptions = (key: number): void => {
    for (const amended of state.exceptions.get(key) ?? []) {
      amended.placed = amended.placed.filter((placed) => placed.key !== key)
      let others = 0
      for (const { rows } of amended.entries) {
        for (let i = rows.length - 1; i >= 0; i--) {
          if (rows[i]!.key !== key) others++
          else release(rows.splice(i, 1)[0]!.row)
        }
      }
      if (others === 0) state.amended.delete(amendedKey(amended.type, amended.id))
    }
    state.exceptions.delete(key)
  }

  const shrink = (): void => {
    if (!options.isSelective) return
    for (let steps = 2 * flags.length; bytes() > options.limitBytes && steps > 0; steps--) {
      hand = (hand + 1) % flags.length
      if (flags[hand] === 0 || hand === latest) continue
      if (flags[hand]! & used) flags[hand]! &= ~used
      else evict(hand)
    }
  }
  return {
    holds,
    isWhole,
    admit,
    expect: (key) => setFlags(key, held | used | partial),
    complete: (key) => {
      if (holds(key)) flags[key]! &= ~partial
    },
    touch,
    evict,
    heldKeys,
    shrink,
    bytes,
    releaseWith: (how) => {
      release = how
    },
  }
}
