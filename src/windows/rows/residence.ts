/**
 * Which keys are held, and which are forgotten when memory runs short: those not asked for since the hand last passed (CLOCK:
 * F. J. Corbató, "A paging experiment with the Multics system", 1968).
 */
import type { Value } from '../../model/value.ts'
import { copyRow } from './changes.ts'
import { rowsOf } from './directory.ts'
import { clearStamps, dropSeries, openSeries, reserveKey, versionColumn } from './series.ts'
import { amendedKey, type RowState } from './state.ts'
import type { Units } from './units.ts'

export interface Residence {
  holds(key: number): boolean
  admit(key: number): void
  touch(key: number): void
  evict(key: number): void
  /** Forgets keys until the limit is kept; the one admitted or asked for last stays. */
  shrink(): void
  bytes(): number
  /** How to give back what a row holds on to. */
  releaseWith(release: (row: Float64Array) => void): void
}

const held = 1
const used = 2

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

  const admit = (key: number): void => {
    if (key >= flags.length) {
      const wider = new Uint8Array(Math.max(2 * flags.length, key + 1))
      wider.set(flags)
      flags = wider
    }
    flags[key] = held | used
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
      if (flags[hand]! & used) flags[hand] = held
      else evict(hand)
    }
  }
  return {
    holds,
    admit,
    touch,
    evict,
    shrink,
    bytes,
    releaseWith: (how) => {
      release = how
    },
  }
}
