import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { createPrng } from '../base/prng.ts'
import { openEmbeddedCenter } from '../store/center/embedded/center.ts'
import { readFile } from '../store/disk/port.ts'
import { createRealDisk } from '../store/disk/real/disk.ts'
import { createSimulatedDisk } from '../store/disk/simulated/disk.ts'
import { openDeadLetters } from './dead-letters.ts'
import { clock, createFiles, idsIn, opened } from './import.testing.ts'
import { importFile } from './import.ts'
import type { ImportOptions } from './import-options.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-import-'))
afterAll(() => rmSync(folder, { recursive: true }))
const written = createFiles(folder)

const line = (i: number): string => {
  if (i % 17 === 3) return '{"user": broken'
  if (i % 17 === 5) return JSON.stringify({ user: '', at: i, amount: 1 })
  if (i % 17 === 7) return JSON.stringify({ user: 'u', at: i, amount: 100.55 })
  return JSON.stringify({ user: `u${i % 5}`, at: i, amount: i })
}
const lines = (count: number): string => Array.from({ length: count }, (_, i) => line(i)).join('\n')

describe('an import', () => {
  it('reports what became of each row, and changes nothing the second time', async () => {
    const place = await opened(createRealDisk(join(folder, 'data')), { file: written(lines(170)) })
    const seen: number[] = []
    const big = Array.from({ length: 170 }, (_, i) => i).filter((i) => ![3, 5, 7].includes(i % 17) && i >= 100).length
    const report = await importFile({ ...place.options, onProgress: ({ rows }) => seen.push(rows) })
    expect(report).toMatchObject({
      state: 'committed',
      rows: 170,
      events: { payment: 150, big },
      refused: { JSON_INVALID: 10, KEY_EMPTY: 10, DECIMAL_INEXACT: 10 },
      stored: 150 + big,
      duplicates: 0,
      conflictCount: 0,
    })
    expect(seen).toEqual([16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 170])
    expect(await idsIn(place, 'payment')).toHaveLength(150)
    const copy = join(folder, 'renamed.jsonl')
    copyFileSync(place.options.file, copy)
    const again = await importFile({ ...place.options, file: copy })
    expect(again).toMatchObject({ id: report.id, state: 'already', stored: 150 + big })
    expect(place.deadLetters.list()).toHaveLength(30)
    const changed = await importFile({ ...place.options, file: written(`${lines(170)}\n`) })
    expect(changed).toMatchObject({ state: 'committed', stored: 0, duplicates: 150 + big })
    await place.center.close()
  })

  it('goes on after every kill, and gives what one unbroken import gives', { timeout: 60_000 }, async () => {
    const file = written(lines(300))
    const whole = await opened(createSimulatedDisk(createPrng(1)).mount(), { file })
    await importFile(whole.options)
    const expected = { payment: await idsIn(whole, 'payment'), big: await idsIn(whole, 'big') }
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 }), async (seed, kills) => {
        const disk = createSimulatedDisk(createPrng(seed))
        for (const after of [...kills, Number.POSITIVE_INFINITY]) {
          const place = await opened(disk.mount(), { file })
          // The power goes out at a sync, or the signal comes at a write.
          const stop = new AbortController()
          let calls = 0
          const broken = new Error('power')
          const center: ImportOptions['center'] = {
            ...place.center,
            import: async (id) => {
              const writer = await place.center.import(id)
              return {
                ...writer,
                resumeAfter: writer.resumeAfter,
                write: async (table, position) => {
                  if (++calls === after) {
                    if (seed % 2 === 0) throw broken
                    await writer.sync()
                    stop.abort()
                  }
                  await writer.write(table, position)
                },
              }
            },
          }
          try {
            const report = await importFile({ ...place.options, center, signal: stop.signal })
            if (report.state === 'stopped') disk.crash()
            else {
              expect({ payment: await idsIn(place, 'payment'), big: await idsIn(place, 'big') }).toEqual(expected)
              const keys = place.deadLetters.list().map(({ key }) => key)
              expect(new Set(keys).size).toBe(keys.length)
              expect(report.refused).toEqual(whole.deadLetters.counts())
              return
            }
          } catch (error) {
            if (error !== broken) throw error
            disk.crash()
          }
        }
      }),
      { numRuns: 30 },
    )
  })

  it('goes on in the same process after it was stopped or broke, and leaves no file behind that nobody names', async () => {
    const disk = createSimulatedDisk(createPrng(8)).mount()
    const place = await opened(disk, { file: written(lines(300)) })
    const stop = new AbortController()
    const stopped = await importFile({ ...place.options, signal: stop.signal, onProgress: ({ rows }) => rows >= 100 && stop.abort() })
    expect(stopped).toMatchObject({ state: 'stopped', rows: 112 })
    // A write that fails: what came after the last sync is not kept.
    const center: ImportOptions['center'] = {
      ...place.center,
      import: async (id) => {
        const writer = await place.center.import(id)
        const broken = async (): Promise<void> => Promise.reject(new Error('broken'))
        return { ...writer, sync: broken }
      },
    }
    await expect(importFile({ ...place.options, center })).rejects.toThrow('broken')
    const progress = JSON.parse(JSON.parse(Buffer.from(readFile(disk, `center/imports/${disk.list('center/imports')[0]}`)).toString()).body)
    expect(disk.list('center/runs').filter((name) => name.endsWith('.run'))).toEqual(
      progress.parts.map(({ file }: { file: string }) => file).sort(),
    )
    expect(await importFile(place.options)).toMatchObject({ state: 'committed', from: 112, rows: 300 })
    expect(await idsIn(place, 'payment')).toHaveLength(
      Array.from({ length: 300 }, (_, i) => i % 17).filter((i) => ![3, 5].includes(i)).length,
    )
  })

  it('gives up on a file that is damaged further on, and on one that does not fit at all, and leaves nothing', async () => {
    const place = await opened(createSimulatedDisk(createPrng(2)).mount(), {
      file: written(`[${lines(170).replaceAll('\n', ',').replaceAll('broken', '1}')}`, 'json'),
    })
    await expect(importFile(place.options)).rejects.toMatchObject({ code: 'FILE_DAMAGED' })
    const misfit = written(lines(170).replaceAll('"u', '"'))
    const wrong = { ...place.options, file: misfit, maxRefused: 5 }
    await expect(importFile(wrong)).rejects.toMatchObject({ code: 'TOO_MANY_REFUSED' })
    expect(place.deadLetters.list()).toEqual([])
    expect(await idsIn(place, 'payment')).toEqual([])
    expect(await importFile({ ...wrong, maxRefused: 500 })).toMatchObject({ state: 'committed' })
  })

  it('refuses, before anything is written, what it cannot mean', async () => {
    const place = await opened(createSimulatedDisk(createPrng(3)).mount(), { file: written('user,amount\na,1\n', 'csv') })
    await expect(importFile(place.options)).rejects.toMatchObject({ code: 'COLUMN_MISSING', details: { value: 'at' } })
    await expect(importFile({ ...place.options, file: join(folder, 'none.csv') })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(importFile({ ...place.options, file: written('x', 'xlsx') })).rejects.toMatchObject({ code: 'FILE_FORMAT_UNKNOWN' })
    const ahead = written(`user,at,amount\na,${clock() / 1000 + 301},1\nb,1,1\n`, 'csv')
    expect(await importFile({ ...place.options, file: ahead })).toMatchObject({ refused: { TIME_AHEAD: 1 }, stored: 1 })
  })

  it('reads nested objects whole into fields that are objects', async () => {
    const { decimal, entity, event, int64, into, mapping, object, optional, string, time } = await import('../index.ts')
    const place = object({ city: string(), zip: optional(string()), share: decimal(2), serial: int64() })
    const moved = event('moved', {
      subject: 'user',
      time: 'at',
      id: 'user',
      data: { user: entity('user'), at: time(), home: place, before: optional(place) },
    })
    const moves = mapping('moves', {
      columns: { who: string(), at: time(), address: object({ now: place, old: optional(place) }) },
      events: ({ who, at, address }) => into(moved, { fields: { user: who, at, home: address.now, before: address.old }, knownAt: 'time' }),
    })
    const now = '{"city":"Ulm","share":12345678901234567.89,"serial":9007199254740993}'
    const rows = [
      `{"who":"a","at":1,"address":{"now":${now}}}`,
      `{"who":"b","at":2,"address":{"now":${now},"old":{"city":"Bonn","zip":"5","share":1,"serial":1}}}`,
      `{"who":"c","at":3,"address":{"now":{"city":7}}}`,
      `{"who":"d","at":4,"address":{"old":${now}}}`,
    ]
    const csv = [
      'who,at,address',
      ...rows.map((row) =>
        row.replace(/^.*"who":"(.)","at":(.),"address":(.*)}$/, (_, who, at, text) => `${who},${at},"${text.replaceAll('"', '""')}"`),
      ),
    ]
    for (const file of [written(rows.join('\n')), written(csv.join('\n'), 'csv')]) {
      const disk = createSimulatedDisk(createPrng(10)).mount()
      const center = await openEmbeddedCenter({ disk, folder: 'center', events: { moved: moved.plan }, clock })
      const deadLetters = await openDeadLetters(disk, 'dead')
      const report = await importFile({ file, mapping: moves, plan: { events: { moved: moved.plan } }, center, deadLetters, clock })
      expect(report).toMatchObject({ stored: 2, refused: { TYPE_MISMATCH: 1, FIELD_MISSING: 1 } })
      const home = { city: 'Ulm', zip: null, share: 1234567890123456789n, serial: 9007199254740993n }
      const dataOf = async (id: string) => (await center.versions('moved', id))[0]?.data
      expect(await dataOf('a')).toEqual({ user: 'a', at: 1, home, before: null })
      expect(await dataOf('b')).toMatchObject({ home, before: { city: 'Bonn', zip: '5', share: 100n, serial: 1n } })
    }
  })
})
