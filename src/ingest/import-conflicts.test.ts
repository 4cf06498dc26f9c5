import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { MillraceError } from '../base/error.ts'
import { createPrng } from '../base/prng.ts'
import { createSimulatedDisk } from '../store/disk/simulated/disk.ts'
import { createFiles, idsIn, opened } from './import.testing.ts'
import { importFile } from './import.ts'
import type { ImportOptions } from './import-options.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-conflicts-'))
afterAll(() => rmSync(folder, { recursive: true }))
const written = createFiles(folder)

/** Of three users in turn, at the times 0, 1, 2 … */
const rows = (count: number, amount: (i: number) => number): string =>
  written(Array.from({ length: count }, (_, i) => JSON.stringify({ user: `u${i % 3}`, at: i, amount: amount(i) })).join('\n'))

/** A center that has as many payments, of which every row of another file is in conflict; `seen` is called at each look for versions. */
const inConflict = async ({ seed = 5, count = 60, seen = (_id: string): unknown => undefined } = {}) => {
  const place = await opened(createSimulatedDisk(createPrng(seed)).mount(), { file: rows(count, (i) => i / 100) })
  await importFile(place.options)
  const center: ImportOptions['center'] = {
    import: place.center.import,
    safe: place.center.safe,
    erasedAt: place.center.erasedAt,
    versions: async (type, id) => {
      await seen(id)
      return place.center.versions(type, id)
    },
  }
  const positions = () => place.deadLetters.list().map(({ position }) => position)
  return { ...place, positions, options: { ...place.options, center, file: rows(count, (i) => (i + 1) / 100) } }
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)

describe('rows of an import in conflict', () => {
  it('are dead letters, each with its place and record', async () => {
    const disk = createSimulatedDisk(createPrng(5))
    const place = await opened(disk.mount(), { file: rows(40, (i) => i) })
    await importFile(place.options)
    // Rows 20 to 29 are other events under known ids; a large one is two events of one row.
    const changed = { ...place.options, file: rows(40, (i) => (i >= 20 && i < 30 ? i + 0.5 : i === 39 ? 139 : i)) }
    const report = await importFile(changed)
    expect(report).toMatchObject({ stored: 1, duplicates: 29, conflictCount: 11, refused: { ID_CONFLICT: 11 } })
    const letters = place.deadLetters.list()
    expect(letters.map(({ position }) => position)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 39])
    expect(letters[0]).toMatchObject({
      code: 'ID_CONFLICT',
      event: 'payment',
      reason: expect.stringContaining("'payments:20'"),
      record: { user: 'u2', at: 20, amount: 20.5 },
    })
    expect(await importFile(changed)).toMatchObject({ state: 'already', refused: { ID_CONFLICT: 11 } })
    expect(place.deadLetters.list()).toEqual(letters)
  })

  it('are found by the ids that the commit names, each row of another id passed over, and as many as may be refused', async () => {
    const looked: string[] = []
    const count = 1300
    const { options, positions, center } = await inConflict({ count, seen: (id) => looked.push(id) })
    // What is in conflict stands anywhere in the file.
    const file = rows(count * 2, (i) => (i < count && i % 100 < 90 ? i + 1 : i) / 100)
    const report = await importFile({ ...options, file })
    expect(report).toMatchObject({ conflictCount: 1170, refused: { ID_CONFLICT: 1170 }, duplicates: 130, stored: count })
    expect(report.conflicts).toHaveLength(1000)
    expect(report.unsoughtConflicts).toBeUndefined()
    expect(positions()).toEqual(upTo(count).filter((i) => i % 100 < 90))
    expect(looked).toHaveLength(1170)
    const few = await importFile({ ...options, file: rows(60, (i) => (i + 2) / 100), maxRefused: 20 })
    expect(few).toMatchObject({ conflictCount: 60, refused: { ID_CONFLICT: 20 }, unsoughtConflicts: 40 })
    await center.close()
  })

  it('are found after it was broken off, but none of what was erased', async () => {
    const stop = new AbortController()
    const { options, positions, center } = await inConflict({ seed: 6, seen: (id) => id === 'payments:25' && stop.abort() })
    expect(await importFile({ ...options, signal: stop.signal })).toMatchObject({ state: 'committed', unsoughtConflicts: 60 })
    expect(positions()).toEqual(upTo(32))
    await center.erase({ types: ['payment', 'big'], subject: 'u1' })
    expect(await importFile(options)).toMatchObject({ state: 'already', conflictCount: 60 })
    expect(positions()).toEqual(upTo(60).filter((i) => i < 32 || i % 3 !== 1))
  })
  it('beyond those that a commit remembers are counted after it was broken off', async () => {
    const stop = new AbortController()
    const count = 1100
    const { options, positions, center } = await inConflict({ count, seen: () => stop.abort() })
    await importFile({ ...options, signal: stop.signal })
    expect(positions()).toEqual(upTo(16))
    const again = await importFile(options)
    expect(again).toMatchObject({ state: 'already', conflictCount: count, unsoughtConflicts: 100 })
    const known = new Set(again.conflicts.map(({ id }) => Number(id.slice('payments:'.length))))
    expect(positions()).toEqual(upTo(count).filter((i) => i < 16 || known.has(i)))
    await center.close()
  })

  it('are looked for once, also when some are gone since, and again where more may be refused', async () => {
    const stop = new AbortController()
    const looked: string[] = []
    const { options, positions, center, deadLetters } = await inConflict({
      seen: (id) => {
        looked.push(id)
        if (id === 'payments:3') stop.abort()
      },
    })
    await importFile({ ...options, maxRefused: 40, signal: stop.signal })
    // One is erased, and of one the content is now what the file says.
    await center.erase({ types: ['payment', 'big'], subject: 'u1' })
    const [version] = await center.versions('payment', 'payments:30')
    const { type, id, subject, time, seq, data } = version!
    await center.append([{ type, id, subject, time, seq, data: { ...data, amount: 31n }, op: 'put', correction: true }])
    await importFile({ ...options, maxRefused: 40 })
    const found = [...upTo(16), ...upTo(40).filter((i) => i >= 16 && i % 3 !== 1 && i !== 30)]
    expect(positions()).toEqual(found)
    // What is noted stays so in a file that is written anew.
    expect(await deadLetters.erase(({ position }) => position === 0)).toBe(1)
    const before = looked.length
    expect(await importFile({ ...options, maxRefused: 40 })).toMatchObject({ state: 'already', unsoughtConflicts: 20 })
    expect(looked).toHaveLength(before)
    await importFile(options)
    expect(looked.length).toBeGreaterThan(before)
    expect(positions().at(-1)).toBe(59)
  })

  it('that cannot be looked at leave the import committed, as the failure says', async () => {
    const gone = new MillraceError('DATA_DAMAGED', 'a run is damaged', { at: 'center/runs/1' })
    let broken = true
    const { options, positions, center } = await inConflict({ seen: (id) => broken && id === 'payments:20' && Promise.reject(gone) })
    await expect(importFile(options)).rejects.toMatchObject({
      code: 'CONFLICTS_NOT_KEPT',
      message: expect.stringMatching(/committed.*center\/runs\/1: a run is damaged.*give the same file again/),
      cause: gone,
    })
    expect(positions()).toEqual(upTo(16))
    expect(await idsIn({ center }, 'payment')).toHaveLength(60)
    broken = false
    expect(await importFile(options)).toMatchObject({ state: 'already', refused: { ID_CONFLICT: 60 } })
  })

  it('leave nothing of a subject that is erased while they are looked for', async () => {
    let erasures = 0
    const seen = (id: string) => id === 'payments:25' && erasures++ === 0 && erase()
    const { options, center, deadLetters } = await inConflict({ seed: 7, seen })
    const userOf = ({ record }: { readonly record: unknown }) => (record as { readonly user: string }).user
    const erase = async () => {
      await center.erase({ types: ['payment', 'big'], subject: 'u1' })
      // Those of the batch that is looked at are no letters yet.
      expect(await deadLetters.erase((letter) => userOf(letter) === 'u1')).toBe(5)
    }
    expect(await importFile(options)).toMatchObject({ state: 'committed', conflictCount: 60, refused: { ID_CONFLICT: 40 } })
    expect(new Set(deadLetters.list().map(userOf))).toEqual(new Set(['u0', 'u2']))
    expect(await importFile(options)).toMatchObject({ state: 'already', refused: { ID_CONFLICT: 40 } })
  })
})
