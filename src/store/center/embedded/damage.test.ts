/** Whatever file of a center is damaged: it opens, and every read is right or says what is damaged. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { createPrng } from '../../../base/prng.ts'
import { cellAt } from '../../../model/cell.ts'
import type { EventVersion } from '../../../model/event.ts'
import { fieldAt } from '../../../model/field.ts'
import { type Disk, readFile } from '../../disk/port.ts'
import { createRealDisk } from '../../disk/real/disk.ts'
import { createSimulatedDisk } from '../../disk/simulated/disk.ts'
import type { NewEvent } from '../port.ts'
import { day, eventArbitrary, importTable, paymentPlan, suitePaths, suitePlans } from '../suite.testing.ts'
import { type EmbeddedCenter, openEmbeddedCenter } from './center.ts'
import { examineCenter, giveUpLost } from './examine.ts'
import { now, one, small } from './small.testing.ts'

const runs = Number(process.env['MILLRACE_CENTER_RUNS'] ?? 60)
const root = mkdtempSync(join(tmpdir(), 'millrace-damage-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const openOn = (disk: Disk): Promise<EmbeddedCenter> =>
  openEmbeddedCenter({ disk, folder: 'center', events: suitePlans, clock: () => now, ...small })

const step = fc.record({
  do: fc.constantFrom('append', 'append', 'correct', 'import', 'begin', 'flush', 'erase'),
  events: fc.uniqueArray(eventArbitrary, { selector: ({ id }) => id, minLength: 1, maxLength: 6 }),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const perform = async (center: EmbeddedCenter, { do: what, events }: Step, number: number): Promise<unknown> => {
  if (what === 'append') return center.append(events)
  if (what === 'correct')
    return center.append(events.map((event, i): NewEvent => (i % 3 === 0 ? { ...event, op: 'delete' } : { ...event, correction: true })))
  if (what === 'flush') return center.flush()
  if (what === 'erase') return center.erase({ types: ['payment'], subject: 'u2' }).catch(() => undefined)
  const writer = await center.import(`import ${number}`)
  await writer.write(importTable(events, 0), 1)
  await writer.sync()
  return what === 'import' ? writer.commit() : undefined
}

/** Every way of reading, each as a text of what it gave. */
const reads = (ids: readonly string[]): readonly ((center: EmbeddedCenter) => Promise<unknown>)[] => {
  const ranges = [
    { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY },
    { from: 0, to: 2 },
    { from: -50 * day, to: 32 * day },
    { from: now + 300_001, to: Number.POSITIVE_INFINITY },
  ]
  return [
    ...ranges.map((range) => async (center: EmbeddedCenter) => {
      const { rows, ids: of, time, seq, columns, amended } = await center.scan({ type: 'payment', ...range, columns: suitePaths })
      const cells = suitePaths.map((path) =>
        Array.from({ length: rows }, (_, row) => cellAt(columns[path]!, fieldAt(paymentPlan.data, path)!, row)),
      )
      return [Array.from({ length: rows }, (_, row) => of.at(row)), [...time], [...seq], cells, sorted(amended)]
    }),
    ...ranges.map(
      (range) => async (center: EmbeddedCenter) =>
        (await center.table({ type: 'payment', ...range, columns: ['note'], keys: [{ user: 'u1' }] })).rows,
    ),
    ...ranges.map(
      (range) => async (center: EmbeddedCenter) =>
        center.events({ types: ['payment'], ...range, key: {}, read: { as: 'corrected' }, last: 4 }),
    ),
    ...ids.map((id) => async (center: EmbeddedCenter) => center.versions('payment', id)),
  ]
}

const sorted = (groups: readonly (readonly EventVersion[])[]) => groups.toSorted((a, b) => (a[0]!.id < b[0]!.id ? -1 : 1))
const textOf = (value: unknown): string => JSON.stringify(value, (_, part: unknown) => plain(part))
const plain = (part: unknown): unknown => {
  if (typeof part === 'bigint') return `${part}n`
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
  return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const named = ['DATA_DAMAGED', 'LOG_DAMAGED', 'MANIFEST_DAMAGED', 'FORMAT_TOO_NEW']

/** What a read gives, or `named` where it says what is damaged. */
const attempt = async <T>(work: () => Promise<T>): Promise<T | 'named'> => {
  try {
    return await work()
  } catch (error) {
    if (named.includes((error as { code: string }).code)) return 'named'
    throw error
  }
}

interface Fault {
  readonly file: number
  readonly at: number
  readonly how: string
  readonly length: number
}

const fault = fc.record({
  file: fc.nat(),
  at: fc.nat(),
  how: fc.constantFrom('flip', 'zero', 'cut'),
  length: fc.integer({ min: 1, max: 5000 }),
})

const filesOf = (disk: Disk): string[] =>
  ['center', 'center/log', 'center/runs', 'center/imports'].flatMap((folder) =>
    disk
      .list(folder)
      .filter((name) => !['log', 'runs', 'imports', 'end'].includes(name) && !name.startsWith('lock'))
      .map((name) => `${folder}/${name}`),
  )

/** Damages one file; gives what makes it whole again. */
const spoil = (disk: Disk, { file, at, how, length }: Fault): (() => void) => {
  const files = filesOf(disk)
  const path = files[file % files.length]!
  const whole = readFile(disk, path).slice()
  const opened = disk.open(path, 'write')
  const from = at % Math.max(1, whole.length)
  const part = whole.slice(from, how === 'flip' ? from + 1 : from + length)
  if (how === 'cut') opened.truncate(from)
  else opened.write(how === 'zero' ? part.fill(0) : part.map((byte) => byte ^ (1 + (at % 255))), from)
  opened.close()
  return () => {
    const again = disk.open(path, 'create')
    again.truncate(0)
    again.write(whole, 0)
    again.close()
  }
}

const check = async (disk: Disk, steps: readonly Step[], faults: readonly Fault[]): Promise<'exact' | 'named'> => {
  let center = await openOn(disk)
  for (const [i, one] of steps.entries()) await perform(center, one, i)
  const ids = [...new Set(steps.flatMap(({ events }) => events.map(({ id }) => id))), 'never']
  const asked = reads(ids)
  const expected: string[] = []
  for (const read of asked) expected.push(textOf(await read(center)))
  await center.close()
  const mend = faults.map((one) => spoil(disk, one)).reverse()

  const examined = await attempt(() => examineCenter(disk, 'center'))
  const isSeen = examined === 'named' || examined.damage.some(({ isHarmless }) => !isHarmless)
  const opened = await attempt(() => openOn(disk))
  if (opened === 'named') {
    expect(isSeen).toBe(true)
    return 'named'
  }
  center = opened
  let refused = 0
  for (const [i, read] of asked.entries()) {
    const found = await attempt(() => read(center))
    if (found === 'named') refused++
    else expect(textOf(found)).toBe(expected[i])
  }
  if (refused > 0) expect(isSeen).toBe(true)
  // What is written beside damage changes nothing of it.
  await attempt(() => center.append([{ ...fresh, id: 'fresh' }]))
  await attempt(() => center.flush())
  await center.close()
  const again = await attempt(() => openOn(disk))
  if (again === 'named') return 'named'
  center = again
  const stored = await attempt(async () => center.versions('payment', 'fresh'))
  expect(stored === 'named' || stored.length <= 1).toBe(true)
  await center.close()
  // Once the file is brought back nothing is missing; where nothing was, newer files may have taken its place.
  if (refused > 0 && faults.length === 1) {
    for (const one of mend) one()
    center = await openOn(disk)
    const extra = (await center.versions('payment', 'fresh')).length
    expect((await center.scan({ type: 'payment', from: -Infinity, to: Infinity, columns: [] })).rows - extra).toBe(
      (JSON.parse(expected[0]!) as unknown[][])[0]!.length,
    )
    for (const [i, id] of ids.entries())
      expect(textOf(await center.versions('payment', id))).toBe(expected[expected.length - ids.length + i])
    await center.close()
  }
  return refused > 0 ? 'named' : 'exact'
}

const fresh: NewEvent = {
  type: 'payment',
  id: 'fresh',
  subject: 'u9',
  time: 5,
  seq: 0,
  op: 'put',
  data: {
    user: 'u9',
    at: 5,
    shop: null,
    amount: 1n,
    ratio: null,
    count: null,
    big: null,
    isOpen: null,
    note: null,
    level: 'low',
    tags: null,
    address: null,
  },
}

describe('a damaged center', () => {
  it('gives right answers or names the damage, on a simulated disk', { timeout: 600_000 }, async () => {
    const outcomes = { exact: 0, named: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 8 }),
        fc.array(fault, { minLength: 1, maxLength: 2 }),
        async (steps, faults) => {
          outcomes[await check(createSimulatedDisk(createPrng(1)).mount(), steps, faults)]++
        },
      ),
      { numRuns: runs },
    )
    expect(Math.min(outcomes.exact, outcomes.named)).toBeGreaterThan(runs / 20)
  })

  it('does so on a real one', { timeout: 600_000 }, async () => {
    let places = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 6 }),
        fc.array(fault, { minLength: 1, maxLength: 2 }),
        async (steps, faults) => {
          await check(createRealDisk(join(root, `${places++}`)), steps, faults)
        },
      ),
      { numRuns: Math.ceil(runs / 6) },
    )
  })

  it('withholds what lost records of the log could touch and nothing else, until they are given up', async () => {
    const disk = createSimulatedDisk(createPrng(1)).mount()
    let center = await openEmbeddedCenter({ disk, folder: 'center', events: suitePlans, clock: () => 1_000_000 })
    for (let n = 0; n < 3; n++) await center.append([one(n)])
    await center.close()
    const path = `center/log/${disk.list('center/log')[0]}`
    const file = disk.open(path, 'write')
    file.write(Uint8Array.of(1, 2, 3), Math.floor(file.size() / 2))
    const reopen = () => openEmbeddedCenter({ disk, folder: 'center', events: suitePlans, clock: () => 2_000_000 })
    center = await reopen()
    expect(center.lost()).toMatchObject([{ segment: path, from: 1, to: 2 }])
    const damaged = expect.objectContaining({ code: 'LOG_DAMAGED', details: expect.objectContaining({ at: path }) })
    // Nothing recorded then lies later than five minutes after the next record.
    const [beyond, last] = [{ from: 1_300_001, to: Infinity }, 1_300_000]
    const later = { ...one(5), time: 1_500_000, data: { ...one(5).data, at: 1_500_000 } }
    expect((await center.append([later])).outcomes).toEqual([{ outcome: 'stored' }])
    expect((await center.append([{ ...one(1), correction: true }])).outcomes).toMatchObject([{ outcome: 'refused', code: 'LOG_DAMAGED' }])
    expect((await center.scan({ type: 'payment', ...beyond, columns: [] })).rows).toBe(1)
    expect(() => center.scan({ type: 'payment', from: last, to: Infinity, columns: [] })).toThrow(damaged)
    expect(() => center.versions('payment', 'e:0')).toThrow(damaged)
    expect((await center.versions('payment', 'e:5')).length).toBe(1)
    const early = { types: ['payment'], from: 0, to: 9, key: {} }
    expect((await center.events({ ...early, read: { as: 'recorded', cutoff: 999_999 } })).length).toBe(0)
    expect(() => center.events({ ...early, read: { as: 'recorded', cutoff: 1_000_000 } })).toThrow(damaged)
    await expect(center.erase({ types: ['payment'], subject: 'u1' })).rejects.toEqual(damaged)
    await center.flush()
    await center.close()

    expect(await giveUpLost(disk, 'center')).toMatchObject([{ from: 1, to: 2 }])
    expect((await examineCenter(disk, 'center')).damage).toMatchObject([{ file: path, holds: { offsets: [1, 1] }, isHarmless: true }])
    center = await reopen()
    expect((await center.scan({ type: 'payment', from: -Infinity, to: Infinity, columns: [] })).rows).toBe(3)
    await center.flush()
    await center.flush()
    await center.close()
    expect((await examineCenter(disk, 'center')).damage).toEqual([])
  })
})
