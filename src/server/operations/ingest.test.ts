import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MillraceError } from '../../base/error.ts'
import { maxRequestRecords, maxRequestRefused } from '../../ingest/records.ts'
import { openPlatform } from '../compose.ts'
import type { Platform } from '../platform.ts'
import { importInto, send } from './ingest.ts'

const definitions = `import { double, entity, event, time } from 'millrace'
  const user = entity('user')
  export const paid = event('paid', { subject: 'user', time: 'at', id: 'at', data: { user, at: time(), amount: double() } })`

const folder = mkdtempSync(join(tmpdir(), 'millrace-send-'))
let platform: Platform
beforeAll(async () => {
  writeFileSync(join(folder, 'project.ts'), definitions)
  platform = await openPlatform({ project: join(folder, 'project.ts'), data: join(folder, 'data') })
})
afterAll(async () => {
  await platform.close()
  rmSync(folder, { recursive: true })
})

const paid = (at: number, amount: unknown = 1) => JSON.stringify({ user: 'u', at, amount })
const many = (count: number, amount: unknown = 1) => Array.from({ length: count }, (_, at) => paid(at, amount))
const idsFrom = async (from: number, to: number) => {
  const events = await platform.center.events({ types: ['paid'], key: { user: 'u' }, from, to, read: { as: 'corrected' } })
  return events.map(({ id }) => Number(id))
}

it.each([
  ['an array', (records: readonly string[]) => `[${records.join(',')}]`],
  ['lines', (records: readonly string[]) => records.join('\n')],
])('refuses %s of too many records, or of too many that do not fit, and neither stores nor keeps any', async (_, bodyOf) => {
  const refusing = (records: readonly string[]) => send(platform, { body: bodyOf(records), type: 'paid' })
  await expect(refusing(many(maxRequestRecords + 1))).rejects.toMatchObject({ code: 'TOO_MANY_RECORDS' })
  await expect(refusing([...many(5), ...many(maxRequestRefused + 1, 'x')])).rejects.toMatchObject({ code: 'TOO_MANY_REFUSED' })
  expect(await idsFrom(-Infinity, Infinity)).toEqual([])
  expect(platform.deadLetters.counts()).toEqual({})
})

it('lets others have the thread while it reads', async () => {
  let turns = 0
  let isRead = false
  const count = () => {
    turns++
    if (!isRead) setImmediate(count)
  }
  const center = { ...platform.center, append: () => Promise.reject(new MillraceError('DISK_FULL', 'full')) }
  setImmediate(count)
  const sent = send({ ...platform, center }, { body: many(maxRequestRecords).join('\n'), type: 'paid' })
  await expect(sent).rejects.toMatchObject({ code: 'DISK_FULL' })
  isRead = true
  expect(turns).toBeGreaterThan(1)
})

it('records in parts and answers of all of them, by their positions', async () => {
  const records = many(3500)
  for (const at of [0, 999, 1000, 3499]) records[at] = paid(at, 'x')
  const sizes: number[] = []
  const center: Platform['center'] = {
    ...platform.center,
    append: (events) => {
      sizes.push(events.length)
      return platform.center.append(events)
    },
  }
  const first = await send({ ...platform, center }, { body: `[${records.join(',')}]`, type: 'paid' })
  expect(sizes).toEqual([998, 999, 1000, 499])
  expect(first).toMatchObject({ stored: 3496, duplicates: 0, recordedAt: platform.center.safe() })
  expect(first.refused.map(({ position }) => position)).toEqual([0, 999, 1000, 3499])
  expect(platform.deadLetters.list().map(({ position }) => position)).toEqual([0, 999, 1000, 3499])
  const again = await send(platform, { body: [...many(2000), paid(2500, 7), paid(9000)].join('\n'), type: 'paid' })
  expect(again).toMatchObject({ stored: 4, duplicates: 1997, refused: [{ position: 2000, code: 'ID_CONFLICT' }] })
})

it('says where it stopped when a later part cannot be recorded', async () => {
  let parts = 0
  const center: Platform['center'] = {
    ...platform.center,
    append: (events) =>
      ++parts === 3 ? Promise.reject(new MillraceError('DISK_FULL', 'full', { hint: 'make room' })) : platform.center.append(events),
  }
  const body = Array.from({ length: 3500 }, (_, i) => paid(20_000 + i)).join('\n')
  await expect(send({ ...platform, center }, { body, type: 'paid' })).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/make room; the 2000 records before position 2000 are recorded/),
  })
  expect((await idsFrom(20_000, 30_000)).length).toBe(2000)
})

it('keeps all rows in conflict of an import, as many as it may refuse', async () => {
  const file = join(folder, 'rows.jsonl')
  const rows = (amount: number) => Array.from({ length: 1100 }, (_, i) => paid(50_000 + i, amount)).join('\n')
  writeFileSync(file, rows(1))
  await importInto(platform, { file, infer: true, knownAt: 'time' }, {})
  writeFileSync(file, rows(2))
  expect(await importInto(platform, { file, infer: true, knownAt: 'time' }, {})).toMatchObject({ conflictCount: 1100 })
  expect(platform.deadLetters.counts()).toMatchObject({ ID_CONFLICT: 1100 })
})
