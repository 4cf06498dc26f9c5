import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { createPrng } from '../base/prng.ts'
import type { MappingPlan } from '../model/mapping.ts'
import type { EventPlan } from '../model/plan.ts'
import { openEmbeddedCenter } from '../store/center/embedded/center.ts'
import type { Disk } from '../store/disk/port.ts'
import { createRealDisk } from '../store/disk/real/disk.ts'
import { createSimulatedDisk } from '../store/disk/simulated/disk.ts'
import { examineDeadLetters, openDeadLetters } from './dead-letters.ts'
import { type ImportOptions, importFile } from './import.ts'
import { replayDeadLetters } from './replay.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-import-'))
afterAll(() => rmSync(folder, { recursive: true }))

const payment: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  rows: 'changes',
  data: { user: { kind: 'entity', name: 'user' }, at: { kind: 'time' }, amount: { kind: 'decimal', scale: 2 } },
}
const plan = { events: { payment, big: { ...payment, data: { ...payment.data, amount: { kind: 'decimal', scale: 1 } } } } as const }
const mappingOf = (more: Partial<MappingPlan> = {}): { name: string; plan: MappingPlan } => ({
  name: 'payments',
  plan: {
    columns: {
      user: { name: 'user', field: { kind: 'string' } },
      at: { name: 'at', field: { kind: 'time' }, unit: 's' },
      amount: { name: 'amount', field: { kind: 'decimal', scale: 2 } },
    },
    events: [
      {
        event: 'payment',
        fields: { user: { column: 'user' }, at: { column: 'at' }, amount: { column: 'amount' } },
        knownAt: { time: 'event' },
      },
      {
        event: 'big',
        where: { op: 'atLeast', column: 'amount', value: 100 },
        fields: { user: { column: 'user' }, at: { column: 'at' }, amount: { column: 'amount' } },
        knownAt: { time: 'event' },
      },
    ],
    ...more,
  },
})
const clock = () => 1_700_000_000_000

const opened = async (disk: Disk, more: Partial<ImportOptions> & { readonly file: string }) => {
  const center = await openEmbeddedCenter({ disk, folder: 'center', events: plan.events, clock, partRows: 40 })
  const deadLetters = await openDeadLetters(disk, 'dead')
  const options: ImportOptions = { mapping: mappingOf(), plan, center, deadLetters, clock, batchRows: 16, syncRows: 48, ...more }
  return { center, deadLetters, options }
}
type Opened = Awaited<ReturnType<typeof opened>>

const idsIn = async ({ center }: Opened, type: string) => {
  const table = await center.scan({ type, from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, columns: ['amount'] })
  return Array.from({ length: table.rows }, (_, row) => table.ids.at(row))
}

let files = 0
const written = (content: string, extension = 'jsonl'): string => {
  const file = join(folder, `${files++}.${extension}`)
  writeFileSync(file, content)
  return file
}

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
})

describe('dead letters', () => {
  const content = 'user,at,amount\nu1,1,1.005\nu2,2,200.55\nu3,3,12345678901234.567\n"open,4,1\n'

  it('are let in once a mapping is mended, and never twice', async () => {
    const disk = createSimulatedDisk(createPrng(4))
    const first = await opened(disk.mount(), { file: written(content, 'csv') })
    await importFile(first.options)
    expect(first.deadLetters.counts()).toEqual({ DECIMAL_INEXACT: 3, QUOTE_UNCLOSED: 1 })
    expect(first.deadLetters.counts({ event: 'big' })).toEqual({ DECIMAL_INEXACT: 1 })
    expect(first.deadLetters.list({ code: 'DECIMAL_INEXACT' }, 1)).toMatchObject([
      { number: 1, position: 0, at: 'amount', record: { user: 'u1', at: '1', amount: '1.005' }, isReplayed: false },
    ])
    disk.crash()

    const place = await opened(disk.mount(), { file: 'unused' })
    const rounded = (digits: number) => ({ of: ['amount'], by: ((amount: number) => Number(amount.toFixed(digits))) as never })
    const fields = { user: { column: 'user' }, at: { column: 'at' } }
    const mended = mappingOf({
      columns: { ...mappingOf().plan.columns, amount: { name: 'amount', field: { kind: 'double' } } },
      events: [
        { event: 'payment', fields: { ...fields, amount: rounded(2) }, knownAt: { time: 'event' } },
        {
          event: 'big',
          where: { op: 'atLeast', column: 'amount', value: 100 },
          fields: { ...fields, amount: { column: 'amount' } },
          knownAt: { time: 'event' },
        },
      ],
    }).plan
    const replay = (mappings: { readonly [name: string]: MappingPlan } = { payments: mended }) =>
      replayDeadLetters({ deadLetters: place.deadLetters, events: plan.events, mappings, center: place.center, clock })
    const refused = { DECIMAL_INEXACT: 2, QUOTE_UNCLOSED: 1 }
    // The first row fits now, as a payment; the second still has a digit too many for a big one, and so has the third.
    expect(await replay()).toEqual({ replayed: 1, events: 1, refused })
    expect(await idsIn(place, 'payment')).toEqual(['payments:0', 'payments:1'])
    expect(await idsIn(place, 'big')).toEqual([])
    expect(await replay()).toEqual({ replayed: 0, events: 0, refused })
    expect(place.deadLetters.list().map(({ number }) => number)).toEqual([2, 3, 4])
    expect(place.deadLetters.counts({ withReplayed: true })).toEqual({ DECIMAL_INEXACT: 3, QUOTE_UNCLOSED: 1 })
    expect(await replay({})).toMatchObject({ refused: { MAPPING_UNKNOWN: 3 } })
  })

  it('survive a torn end, and name damage before it', async () => {
    const disk = createSimulatedDisk(createPrng(5))
    const place = await opened(disk.mount(), { file: written(content, 'csv') })
    await importFile(place.options)
    await place.deadLetters.sync()
    disk.damage('dead/letters', 40, Uint8Array.of(0))
    const damaged = await openDeadLetters(disk.mount(), 'dead')
    expect(damaged.damaged).toEqual(['dead/letters, byte 16'])
    expect(damaged.list().map(({ number }) => number)).toEqual([2, 3, 4])
    const { number: _, isReplayed: __, ...letter } = damaged.list()[2]!
    const file = disk.mount().open('dead/letters', 'write')
    file.truncate(file.size() - 9)
    const torn = await openDeadLetters(disk.mount(), 'dead')
    expect(torn.list().map(({ number }) => number)).toEqual([2, 3])
    expect(torn.append([letter, letter])).toBe(1)
    disk.damage('dead/letters', 8, Uint8Array.of(2, 0, 0, 0, 0x53, 0x1e, 0xc4, 0x40))
    const headless = await openDeadLetters(disk.mount(), 'dead')
    expect(headless.damaged).toEqual(['dead/letters, byte 0', 'dead/letters, byte 16'])
    expect(headless.list().map(({ number }) => number)).toEqual([2, 3, 4])
    expect(examineDeadLetters(disk.mount(), 'dead')).toMatchObject({ damaged: [0, 16], lost: [1] })
    const header = Buffer.from('MRDEAD\0\0\x02\0\0\0')
    const crc = Buffer.alloc(4)
    crc.writeUInt32LE(crc32(header))
    disk.damage('dead/letters', 0, Buffer.concat([header, crc]))
    await expect(openDeadLetters(disk.mount(), 'dead')).rejects.toMatchObject({ code: 'FORMAT_TOO_NEW' })
  })
})
