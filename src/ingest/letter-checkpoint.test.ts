import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPrng } from '../base/prng.ts'
import type { MappingPlan } from '../model/mapping.ts'
import { leftoverOf, readFile } from '../store/disk/port.ts'
import { createSimulatedDisk, type SimulatedDisk } from '../store/disk/simulated/disk.ts'
import { type DeadLetterStore, openDeadLetters } from './dead-letters.ts'
import { examineDeadLetters } from './dead-letters-file.ts'

const letterOf = (n: number, importId: string | undefined) => ({
  key: `${importId}:${n}`,
  code: n % 2 === 0 ? ('EVEN' as const) : ('ODD' as const),
  reason: 'r',
  at: '',
  ...(n % 3 === 0 && { event: 'payment' }),
  position: n,
  origin:
    importId === undefined
      ? ({ via: 'http', sourceId: `h:${n}`, seq: 0 } as const)
      : ({ via: 'import', importId, mapping: 'm', file: 'f', source: 's' } as const),
  record: { n, big: 12345678901234567890n },
  refusedAt: 0,
})
const plan: MappingPlan = { columns: {}, events: [] }

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('append' as const), n: fc.nat({ max: 60 }), of: fc.constantFrom('a', 'b', undefined) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replayed' as const), n: fc.nat({ max: 30 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('drop' as const, 'map' as const, 'note' as const), of: fc.constantFrom('a', 'b') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), n: fc.integer({ min: 2, max: 7 }) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'sync' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('crash' as const, 'crashInSync' as const, 'crashInErase' as const),
      ticks: fc.nat({ max: 25 }),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const all = { withReplayed: true }
const told = (letters: DeadLetterStore) => ({
  letters: letters.list(all),
  counts: letters.counts(),
  damaged: letters.damaged,
  mappings: ['a', 'b'].map((id) => letters.mappingOf(id)),
  sought: ['a', 'b'].map((id) => letters.soughtConflicts(id)),
})

const change = async (letters: DeadLetterStore, one: Step): Promise<void> => {
  if (one.do === 'append') letters.append([letterOf(one.n, one.of)])
  else if (one.do === 'replayed') letters.markReplayed(one.n)
  else if (one.do === 'drop') letters.dropImport(one.of)
  else if (one.do === 'map') letters.keepMapping(one.of, plan)
  else if (one.do === 'note') letters.noteConflicts(one.of, 5)
  else if (one.do === 'erase') await letters.erase(({ position }) => position % one.n === 0)
  else if (one.do === 'crashInErase') await letters.erase(({ position }) => position % 3 === 0)
  else if (one.do === 'sync' || one.do === 'crashInSync') await letters.sync()
}

const open = (disk: SimulatedDisk) => openDeadLetters(disk.mount(), 'dead', { checkpointBytes: 1 })

/** Ten letters in a file that a checkpoint tells of. */
const tenLetters = async (disk: SimulatedDisk): Promise<void> => {
  const letters = await open(disk)
  letters.append(Array.from({ length: 10 }, (_, n) => letterOf(n, 'a')))
  letters.markReplayed(3)
  letters.keepMapping('a', plan)
  await letters.sync()
  expect(disk.mount().exists('dead/letters.index')).toBe(true)
}

/** Where the record of a letter begins. */
const placeOf = (disk: SimulatedDisk, position: number): number => {
  const bytes = Buffer.from(readFile(disk.mount(), 'dead/letters'))
  return bytes.lastIndexOf('MRd1', bytes.indexOf(`"key":"a:${position}"`))
}

const numbersIn = (letters: DeadLetterStore) => letters.list(all).map(({ number }) => number)

describe('a checkpoint of dead letters', () => {
  it('tells what reading all of them tells, wherever the power was cut', async () => {
    let found = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(step, { minLength: 5, maxLength: 40 }), async (seed, steps) => {
        const disk = createSimulatedDisk(createPrng(seed))
        let letters = await open(disk)
        for (const one of steps) {
          if (!('ticks' in one)) {
            await change(letters, one)
            continue
          }
          const working = change(letters, one).catch(() => {})
          for (let tick = 0; tick < one.ticks; tick++) await Promise.resolve()
          disk.crash()
          await working
          letters = await open(disk)
          if (disk.mount().exists('dead/letters.index')) found++
          // The number that comes next is among what must be the same.
          letters.append([letterOf(99, undefined)])
          await letters.sync()
          const byCheckpoint = told(letters)
          disk.crash()
          disk.mount().remove('dead/letters.index')
          letters = await open(disk)
          expect(told(letters)).toEqual(byCheckpoint)
        }
      }),
      { numRuns: 150 },
    )
    expect(found).toBeGreaterThan(20)
  })

  it('is passed over where it is damaged, or of another file', async () => {
    const disk = createSimulatedDisk(createPrng(3))
    const letters = await open(disk)
    letters.append([0, 1, 2, 3].map((n) => letterOf(n, 'a')))
    await letters.sync()
    const wanted = told(letters)
    const index = disk.mount().open('dead/letters.index', 'read')
    for (let at = 0; at < index.size(); at += 7) {
      const byte = new Uint8Array(1)
      index.read(byte, at)
      disk.damage('dead/letters.index', at, Uint8Array.of(byte[0]! ^ 0x15))
      expect(told(await open(disk))).toEqual(wanted)
      disk.damage('dead/letters.index', at, byte)
    }
    disk.mount().remove('dead/letters')
    expect(told(await open(disk)).letters).toEqual([])
  })

  it('hides no damage for long: a letter that cannot be read is named, and the others are there', async () => {
    const disk = createSimulatedDisk(createPrng(3))
    const letters = await open(disk)
    letters.append([0, 1, 2, 3].map((n) => letterOf(n, 'a')))
    await letters.sync()
    disk.damage('dead/letters', 40, Uint8Array.of(0))
    const again = await open(disk)
    expect(again.counts()).toEqual({ EVEN: 2, ODD: 2 })
    expect(again.list().map(({ number }) => number)).toEqual([2, 3, 4])
    expect(again.damaged).toEqual(['dead/letters, byte 16'])
    expect(again.counts()).toEqual({ EVEN: 1, ODD: 2 })
    await again.sync()
    const third = await open(disk)
    expect([third.counts(), third.damaged]).toEqual([{ EVEN: 1, ODD: 2 }, ['dead/letters, byte 16']])
  })

  it.each([
    ['its payload', 20, [0]],
    ['its length', 8, [255, 255]],
  ])('knows numbers that were given before the last letter was damaged in %s', async (_, offset, bytes) => {
    const disk = createSimulatedDisk(createPrng(3))
    await tenLetters(disk)
    // Opened before: a checkpoint is passed over where the latest letter's header is another.
    const letters = await open(disk)
    const at = placeOf(disk, 9)
    // Behind the letter stand a replay and a mapping, which are known still.
    disk.damage('dead/letters', at + offset, Uint8Array.from(bytes))
    expect(numbersIn(letters)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    letters.append([letterOf(50, 'b')])
    expect(numbersIn(letters)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 11])
    expect(letters.damaged).toEqual([`dead/letters, byte ${at}`])
    expect([letters.mappingOf('a'), letters.list(all)[2]!.isReplayed]).toEqual([plan, true])
    await letters.sync()
    const again = await open(disk)
    expect([numbersIn(again).at(-1), again.damaged]).toEqual([11, letters.damaged])
    expect(examineDeadLetters(disk.mount(), 'dead')?.lost).toEqual([10])
  })

  it('knows that the last record was whole, though it looks like a torn end', async () => {
    const disk = createSimulatedDisk(createPrng(3))
    const first = await open(disk)
    first.append([0, 1, 2].map((n) => letterOf(n, 'a')))
    await first.sync()
    const letters = await open(disk)
    const at = placeOf(disk, 2)
    disk.damage('dead/letters', at, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 255, 255))
    expect(numbersIn(letters)).toEqual([1, 2])
    letters.append([letterOf(3, 'a')])
    expect([numbersIn(letters), letters.damaged]).toEqual([[1, 2, 4], [`dead/letters, byte ${at}`]])
    await letters.sync()
    const again = await open(disk)
    expect([numbersIn(again), again.damaged]).toEqual([[1, 2, 4], letters.damaged])
  })

  it('names no damage that an erasure wrote away, and no number of what was lost comes again', async () => {
    const disk = createSimulatedDisk(createPrng(3))
    await tenLetters(disk)
    disk.damage('dead/letters', 0, Uint8Array.of(0))
    disk.damage('dead/letters', placeOf(disk, 9) + 20, Uint8Array.of(0))
    const letters = await open(disk)
    expect(letters.list()).toHaveLength(8)
    expect(letters.damaged).toHaveLength(2)
    expect(await letters.erase(({ position }) => position === 1)).toBe(1)
    expect(letters.damaged).toEqual([])
    disk.crash()
    const next = await open(disk)
    next.append([letterOf(50, 'b')])
    await next.sync()
    expect(disk.mount().exists('dead/letters.index')).toBe(true)
    const again = await open(disk)
    expect([numbersIn(again), again.damaged]).toEqual([[1, 3, 4, 5, 6, 7, 8, 9, 11], []])
    expect(examineDeadLetters(disk.mount(), 'dead')).toMatchObject({ damaged: [], lost: [10] })
  })

  it('and letters that a killed process left half written are gone after an erasure, even of none', async () => {
    const disk = createSimulatedDisk(createPrng(3))
    await tenLetters(disk)
    for (const erased of [0, 1]) {
      const left = ['dead/letters', 'dead/letters.index'].map(leftoverOf)
      for (const path of left) {
        const file = disk.mount().open(path, 'create')
        file.write(Buffer.from('a:1'), 0)
        await file.sync()
      }
      await disk.mount().syncFolder('dead')
      const letters = await open(disk)
      expect(await letters.erase(({ position }) => position === 1 && erased > 0)).toBe(erased)
      disk.crash()
      expect(left.map((path) => disk.mount().exists(path))).toEqual([false, false])
    }
  })
})
