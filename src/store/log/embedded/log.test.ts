import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { createPrng } from '../../../base/prng.ts'
import { createRealDisk } from '../../disk/real/disk.ts'
import { createSimulatedDisk, type SimulatedDisk } from '../../disk/simulated/disk.ts'
import { bytesOf, describeLog, recordsFrom } from '../conformance.suite.ts'
import type { Log, LogGap } from '../port.ts'
import { openEmbeddedLog } from './log.ts'
import { recordSize } from './record.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-log-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let places = 0

const onReal = (segmentBytes?: number) => {
  const disk = createRealDisk(join(root, `${places++}`))
  return {
    open: (clock: () => number) => openEmbeddedLog({ disk, folder: 'log', clock, ...(segmentBytes !== undefined && { segmentBytes }) }),
  }
}
const onSimulated = (disk: SimulatedDisk, segmentBytes = 300) =>
  openEmbeddedLog({ disk: disk.mount(), folder: 'log', clock: () => 1, segmentBytes, recordBytes: 1 << 20 })

describeLog('embedded, real disk', () => onReal())
describeLog('embedded, real disk, many segments', () => onReal(150))
describeLog('embedded, simulated disk', () => {
  const disk = createSimulatedDisk(createPrng(1))
  return { open: (clock) => openEmbeddedLog({ disk: disk.mount(), folder: 'log', clock, segmentBytes: 150 }) }
})

const texts = async (log: Log, from = 0): Promise<string[]> =>
  (await recordsFrom(log, from)).map(({ bytes }) => new TextDecoder().decode(bytes))
const append = (log: Log, ...values: string[]) => log.append(values.map((text) => ({ kind: 1, bytes: bytesOf(text) })))

describe('embedded log under faults', () => {
  it('shares one sync among the appends that wait', async () => {
    const disk = createSimulatedDisk(createPrng(1))
    const log = await onSimulated(disk, 1 << 20)
    await append(log, 'first')
    const before = disk.syncs()
    await Promise.all(Array.from({ length: 100 }, (_, i) => append(log, `${i}`)))
    expect(disk.syncs() - before).toBe(1)
  })

  it('after a power cut keeps every acknowledged commit, each whole, and invents nothing', async () => {
    const commit = fc.array(fc.integer({ min: 0, max: 9000 }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(fc.array(commit, { minLength: 1, maxLength: 4 }), { maxLength: 12 }), async (seed, rounds) => {
        const random = createPrng(seed)
        const disk = createSimulatedDisk(random)
        let log = await onSimulated(disk, 20_000)
        let certain: string[] = []
        let number = 0
        for (const groups of rounds) {
          const offered = groups.map((sizes) => sizes.map((size) => `${number++}:${'x'.repeat(size)}`))
          const appends = offered.map((values) => append(log, ...values).catch(() => undefined))
          if (random() < 0.5) {
            await Promise.all(appends)
            certain.push(...offered.flat())
            continue
          }
          // The power goes at some point between the write and its acknowledgement.
          for (let turns = Math.floor(random() * 8); turns > 0; turns--) await Promise.resolve()
          disk.crash()
          log = await onSimulated(disk, 20_000)
          const found = await texts(log)
          const extra = found.slice(certain.length)
          expect(found.slice(0, certain.length)).toEqual(certain)
          expect(prefixes(offered)).toContainEqual(extra)
          certain = found
        }
        expect(await texts(log)).toEqual(certain)
      }),
      { numRuns: 150 },
    )
  })

  it('gives out or names every record that was acknowledged, whatever is damaged in a log that was closed, and goes on behind it', async () => {
    const fault = fc.record({
      file: fc.nat(),
      at: fc.nat(),
      how: fc.constantFrom('flip', 'zero', 'cut', 'remove'),
      length: fc.integer({ min: 1, max: 700 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 120 }), { minLength: 1, maxLength: 20 }),
        fc.array(fault, { minLength: 1, maxLength: 2 }),
        async (sizes, faults) => {
          const disk = createSimulatedDisk(createPrng(1))
          let log = await onSimulated(disk, 500)
          const known: Known[] = []
          const write = async (count: number): Promise<void> => {
            const values = Array.from({ length: count }, (_, i) =>
              `${known.length + i}`.padEnd(sizes[(known.length + i) % sizes.length]!, '.'),
            )
            const { stamp } = await append(log, ...values)
            known.push(...values.map((text) => ({ text, stamp })))
          }
          for (const size of sizes) await write(1 + (size % 3))
          await log.close()
          for (const fault of faults) spoil(disk, fault)
          log = await onSimulated(disk, 500)
          expect(await recordsAndGaps(log, known)).toBe(known.length)
          await write(2)
          expect(await recordsAndGaps(log, known)).toBe(known.length)
          disk.crash()
          log = await onSimulated(disk, 500)
          expect(await recordsAndGaps(log, known)).toBe(known.length)
        },
      ),
      { numRuns: Number(process.env['MILLRACE_CENTER_RUNS'] ?? 400) },
    )
  })

  it('names a damaged record that was acknowledged, wherever it stands, where nobody asks for gaps', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 9 }), fc.nat({ max: 63 }), fc.integer({ min: 1, max: 255 }), async (victim, byte, flip) => {
        const disk = createSimulatedDisk(createPrng(1))
        const log = await onSimulated(disk, 1 << 20)
        const size = recordSize(16)
        for (let i = 0; i < 10; i++) await append(log, `${i}`.padEnd(16, '.'))
        await log.close()
        const path = `log/${'0'.repeat(20)}.log`
        const at = 64 + victim * size + byte
        const old = new Uint8Array(1)
        disk.mount().open(path, 'read').read(old, at)
        disk.damage(path, at, Uint8Array.of(old[0]! ^ flip))
        await expect(texts(await onSimulated(disk, 1 << 20))).rejects.toMatchObject({
          code: 'LOG_DAMAGED',
          details: { at: path, value: { offset: victim } },
        })
      }),
      { numRuns: 60 },
    )
  })

  it('names damage in an earlier segment when it is read', async () => {
    const disk = createSimulatedDisk(createPrng(1))
    const log = await onSimulated(disk, 100)
    for (let i = 0; i < 5; i++) await append(log, `${i}`.repeat(40))
    disk.damage(`log/${disk.mount().list('log')[1]}`, 64 + 50, Uint8Array.of(0))
    const seen: number[] = []
    const reading = (async () => {
      for await (const records of log.read(0)) seen.push(...records.map(({ offset }) => offset))
    })()
    await expect(reading).rejects.toMatchObject({ code: 'LOG_DAMAGED', retryable: false })
    expect(seen).toEqual([0])
  })

  it('refuses writes while the disk is full, leaves nothing of them behind, and goes on when there is room', async () => {
    const disk = createSimulatedDisk(createPrng(3))
    let log = await onSimulated(disk, 1 << 20)
    await append(log, 'kept')
    disk.faults.capacity = 300
    await expect(Promise.all([append(log, 'small'), append(log, 'y'.repeat(500))])).rejects.toMatchObject({
      code: 'DISK_FULL',
      retryable: true,
    })
    disk.faults.capacity = Number.POSITIVE_INFINITY
    await append(log, 'later')
    expect(await texts(log)).toEqual(['kept', 'later'])
    disk.crash()
    log = await onSimulated(disk, 1 << 20)
    expect(await texts(log)).toEqual(['kept', 'later'])
  })

  it('refuses to begin a segment while the disk is full, and begins it when there is room', async () => {
    const disk = createSimulatedDisk(createPrng(3))
    disk.faults.capacity = 10
    const log = await onSimulated(disk)
    await expect(append(log, 'x')).rejects.toMatchObject({ code: 'DISK_FULL' })
    disk.faults.capacity = 1000
    await append(log, 'x')
    expect(await texts(log)).toEqual(['x'])
  })

  it('accepts nothing after a failed sync, and says so', async () => {
    const disk = createSimulatedDisk(createPrng(5))
    const log = await onSimulated(disk, 1 << 20)
    await append(log, 'sure')
    disk.faults.failSyncs = 1
    await expect(append(log, 'lost')).rejects.toMatchObject({ code: 'LOG_FAILED' })
    await expect(append(log, 'next')).rejects.toMatchObject({ code: 'LOG_FAILED' })
    expect(await texts(log)).toEqual(['sure'])
    disk.crash()
    const again = await onSimulated(disk, 1 << 20)
    expect((await texts(again))[0]).toBe('sure')
  })

  it('refuses a record that is too large', async () => {
    const log = await onSimulated(createSimulatedDisk(createPrng(1)))
    await expect(append(log, 'x'.repeat((1 << 20) + 1))).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' })
  })

  it('refuses a segment of a newer format', async () => {
    const disk = createSimulatedDisk(createPrng(1))
    await append(await onSimulated(disk), 'x')
    disk.damage(`log/${'0'.repeat(20)}.log`, 8, Uint8Array.of(2))
    await expect(onSimulated(disk)).rejects.toMatchObject({ code: 'FORMAT_TOO_NEW' })
  })
})

interface Known {
  readonly text: string
  readonly stamp: number
}

interface Fault {
  readonly file: number
  readonly at: number
  readonly how: string
  readonly length: number
}

/** Damages a log's file, the note of its end excepted: without that a torn end tells nothing. */
const spoil = (disk: SimulatedDisk, { file, at, how, length }: Fault): void => {
  const mounted = disk.mount()
  const names = mounted.list('log').filter((name) => name !== 'end')
  if (names.length === 0) return
  const path = `log/${names[file % names.length]}`
  const opened = mounted.open(path, 'write')
  const from = at % Math.max(1, opened.size())
  const bytes = new Uint8Array(Math.min(length, opened.size() - from))
  opened.read(bytes, from)
  if (how === 'remove') mounted.remove(path)
  else if (how === 'cut') opened.truncate(from)
  // Not the format: that of a newer one is refused for what it is.
  else if (from >= 12) disk.damage(path, from, how === 'zero' ? bytes.fill(0) : bytes.map((byte) => byte ^ (1 + (at % 255))))
}

/** How many records are given out as they were written, or named as lost: never both, never in another order. */
const recordsAndGaps = async (log: Log, known: readonly Known[]): Promise<number> => {
  let next = 0
  const onGap = ({ from, to, after, upTo }: LogGap): void => {
    for (const { stamp } of known.slice(from, to)) expect(stamp >= after && stamp <= upTo).toBe(true)
    expect(from).toBe(next)
    expect(to).toBeGreaterThan(from)
    next = to
  }
  for await (const records of log.read(0, onGap)) {
    for (const { offset, bytes } of records) {
      expect(offset).toBe(next)
      expect(new TextDecoder().decode(bytes)).toBe(known[offset]!.text)
      next++
    }
  }
  return next
}

/** What may survive of commits that were not acknowledged: the first so many of them. */
const prefixes = (commits: readonly string[][]): string[][] => commits.map((_, i) => commits.slice(0, i + 1).flat()).concat([[]])
