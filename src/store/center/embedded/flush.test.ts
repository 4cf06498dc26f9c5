/** What happens to a center while it writes what it has into runs: at every breath something else is done with it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPrng } from '../../../base/prng.ts'
import type { EventVersion } from '../../../model/event.ts'
import { createSimulatedDisk } from '../../disk/simulated/disk.ts'
import type { AppendOutcome, NewEvent } from '../port.ts'
import { compareReads, importTable, suitePlans } from '../suite.testing.ts'
import { createBreath } from './breath.ts'
import { type EmbeddedCenter, openEmbeddedCenter } from './center.ts'
import { now, one, open, small } from './small.testing.ts'

const change = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('put' as const), n: fc.nat({ max: 40 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('correct' as const), n: fc.nat({ max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), n: fc.nat({ max: 40 }) }) },
)
const step = fc.record({
  what: fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({ do: fc.constant('changes' as const), changes: fc.array(change, { minLength: 1, maxLength: 8 }) }),
    },
    { weight: 2, arbitrary: fc.constantFrom({ do: 'flush' as const }, { do: 'reopen' as const }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), subject: fc.constantFrom('u0', 'u1', 'u2') }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('import' as const), n: fc.nat({ max: 40 }) }) },
  ),
  /** What is done at the next breaths. */
  during: fc.array(fc.oneof({ weight: 4, arbitrary: change }, { weight: 1, arbitrary: fc.record({ do: fc.constant('read' as const) }) }), {
    maxLength: 12,
  }),
  cutAfter: fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat({ max: 300 }) }),
})

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

/** Of the latest so many puts one is amended: mostly while it is being written into a run. */
const latest = 6

const createEvents = () => {
  const puts: number[] = []
  let notes = 0
  return ({ do: what, n }: Change): NewEvent => {
    if (what === 'put') {
      puts.push(n)
      return one(n)
    }
    const target = puts.slice(-latest)[n % Math.min(latest, puts.length)] ?? n
    return what === 'correct' ? { ...one(target, `note ${notes++}`), correction: true } : { ...one(target), op: 'delete' }
  }
}

const ticks = async (count: number, isOver = (): boolean => false): Promise<void> => {
  for (let tick = 0; tick < count && !isOver(); tick++) await Promise.resolve()
}

interface Attempt {
  readonly event: NewEvent
  outcome: AppendOutcome | undefined
}

/** A center on a disk that can lose power, and beside it all versions that it acknowledged. */
const createScene = (seed: number) => {
  const disk = createSimulatedDisk(createPrng(seed))
  let center: EmbeddedCenter
  let known: EventVersion[] = []
  let attempts: Attempt[] = []
  let turns: Promise<unknown> = Promise.resolve()
  let reads: Promise<void>[] = []
  let during: (() => Promise<void>)[] = []
  let breaths = 0
  const eventOf = createEvents()
  /** Appends that became durable while another change was still being written into runs. */
  let alongside = 0

  const breathe = (): Promise<void> | undefined => {
    breaths++
    return during.shift()?.()
  }
  const openCenter = async (): Promise<void> => {
    center = await openEmbeddedCenter({
      disk: disk.mount(),
      folder: 'center',
      events: suitePlans,
      clock: () => now,
      ...small,
      flushBytes: 500,
      breathe,
    })
  }
  const take = (event: NewEvent, isStored: boolean): void => {
    const before = known.filter(({ id }) => id === event.id)
    const found = center.versions('payment', event.id) as readonly EventVersion[]
    expect(found.slice(0, before.length)).toEqual(before)
    if (isStored) expect(found.length).toBeGreaterThan(before.length)
    known.push(...found.slice(before.length))
  }
  const putNow = async (event: NewEvent): Promise<void> => {
    const attempt: Attempt = { event, outcome: undefined }
    attempts.push(attempt)
    const { outcomes } = await center.append([event])
    attempt.outcome = outcomes[0]!
    take(event, outcomes[0]!.outcome === 'stored')
    attempts = attempts.filter((other) => other !== attempt)
  }
  const alone = (work: () => Promise<void>): Promise<void> => {
    const done = turns.then(work)
    turns = done.catch(() => {})
    return done
  }
  const put = (event: NewEvent): Promise<void> => alone(() => putNow(event))
  const besides = (what: Change | { readonly do: 'read' }) => async (): Promise<void> => {
    if (what.do === 'read') {
      // Behind what is under way, and before what comes next; the flush goes on meanwhile.
      const read = alone(() => compareReads(center, known))
      read.catch(() => {})
      reads.push(read)
      await ticks(40)
      return
    }
    let isDone = false
    put(eventOf(what)).then(
      () => {
        isDone = true
        alongside++
      },
      () => {},
    )
    // A turn that something else holds ends after this breath only.
    await ticks(40, () => isDone)
  }
  const forget = (subject: string): void => {
    known = known.filter((version) => version.subject !== subject)
  }
  return {
    open: openCenter,
    center: () => center,
    change: (what: Change) => put(eventOf(what)),
    breaths: () => breaths,
    alongside: () => alongside,
    plan: (steps: readonly (Change | { readonly do: 'read' })[]): void => {
      during = steps.map(besides)
    },
    forget,
    erase: (subject: string): Promise<void> =>
      alone(async () => {
        const isRefused = await center.erase({ types: ['payment'], subject }).then(
          () => false,
          (error) => {
            // An import that was cut off may hold the subject.
            if ((error as { code?: string }).code !== 'IMPORT_RUNNING') throw error
            return true
          },
        )
        if (!isRefused) forget(subject)
      }),
    import: (id: string, event: NewEvent): Promise<void> =>
      alone(async () => {
        const writer = await center.import(id)
        await writer.write(importTable([event], 0), 1)
        await writer.sync()
        const { stored } = await writer.commit()
        if (stored === 1) take(event, true)
      }),
    /** Power is lost; afterwards there is all that was acknowledged, and of what was not all or nothing. */
    cut: async (): Promise<void> => {
      during = []
      disk.crash()
      await turns
      // Those that the power cut met ended with it.
      await Promise.allSettled(reads)
      reads = []
      await openCenter()
    },
    /** What was under way when it was cut. */
    takeAttempts: (): void => {
      for (const { event, outcome } of attempts) take(event, outcome?.outcome === 'stored')
      attempts = []
    },
    takeImported: (event: NewEvent): void => take(event, false),
    check: async (): Promise<void> => {
      during = []
      await Promise.all(reads)
      await turns
      reads = []
      await compareReads(center, known)
    },
  }
}

describe('a flush', () => {
  it('lets events come, be amended and read at every breath, and loses none, whatever comes next or breaks off', async () => {
    let [breaths, alongside] = [0, 0]
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(step, { minLength: 6, maxLength: 16 }), async (seed, steps) => {
        const scene = createScene(seed)
        await scene.open()
        for (const [i, { what, during, cutAfter }] of steps.entries()) {
          scene.plan(during)
          const work = async (): Promise<void> => {
            if (what.do === 'flush') await scene.center().flush()
            else if (what.do === 'reopen') await scene.center().close()
            else if (what.do === 'erase') await scene.erase(what.subject)
            else if (what.do === 'import') await scene.import(`import ${i}`, one(what.n, 'imported'))
            else for (const one of what.changes) await scene.change(one)
          }
          if (what.do === 'reopen') await scene.check()
          const erasedBefore = what.do === 'erase' ? scene.center().erasedAt('payment', what.subject) : undefined
          const working = work()
          if (cutAfter === null) {
            await working
            if (what.do === 'reopen') await scene.open()
            continue
          }
          const isDone = working.then(
            () => true,
            () => false,
          )
          await ticks(cutAfter)
          await scene.cut()
          const wasDone = await isDone
          const erasedAt = what.do === 'erase' ? scene.center().erasedAt('payment', what.subject) : undefined
          if (what.do === 'erase' && !wasDone && erasedAt !== erasedBefore) scene.forget(what.subject)
          if (what.do === 'import' && !wasDone) scene.takeImported(one(what.n, 'imported'))
          scene.takeAttempts()
        }
        await scene.check()
        await scene.cut()
        await scene.check()
        await scene.center().close()
        breaths += scene.breaths()
        alongside += scene.alongside()
      }),
      { numRuns: Number(process.env['MILLRACE_CENTER_RUNS'] ?? 8) },
    )
    expect(breaths).toBeGreaterThan(200)
    expect(alongside).toBeGreaterThan(10)
  })

  it('keeps what is amended in a run that is being merged, at whichever breath, and after a power cut too', async () => {
    let corrected = 0
    for (let at = 0; at < 150; at += 6) {
      const disk = createSimulatedDisk(createPrng(at))
      const correct = async (): Promise<void> => {
        let isDone = false
        center.append([{ ...one(0, 'corrected'), correction: true }]).then(
          () => {
            isDone = true
          },
          () => {},
        )
        await ticks(60, () => isDone)
        if (isDone) corrected++
      }
      let [isWatching, breaths] = [false, 0]
      const breathe = (): Promise<void> | undefined => (isWatching && breaths++ === at ? correct() : undefined)
      const options = {
        disk: disk.mount(),
        folder: 'center',
        events: suitePlans,
        clock: () => now,
        ...small,
        flushBytes: 150,
        mergeBytes: 1 << 20,
        breathe,
      }
      const center = await openEmbeddedCenter(options)
      for (let n = 0; n < 7; n++) {
        await center.append([one(2 * n), one(2 * n + 1)])
        await ticks(2000)
      }
      isWatching = true
      await center.append([one(14), one(15)])
      await ticks(at % 2 === 0 ? 3000 : 400)
      const before = (await center.versions('payment', 'e:0')).length
      disk.crash()
      const again = await open(disk)
      const versions = await again.versions('payment', 'e:0')
      expect(versions.length).toBe(before)
      const events = Array.from({ length: 15 }, (_, n) => again.versions('payment', `e:${n + 1}`) as readonly EventVersion[])
      await compareReads(again, [...versions, ...events.flat()])
      expect(events.every((of) => of.length === 1)).toBe(true)
      await again.close()
    }
    expect(corrected).toBeGreaterThan(10)
  })

  it('has appends wait once as much again has come, and takes that next', async () => {
    const disk = createSimulatedDisk(createPrng(5))
    let [isHeld, release] = [false, (): void => {}]
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const breathe = (): Promise<void> | undefined => {
      isHeld = true
      return held
    }
    const center = await openEmbeddedCenter({
      disk: disk.mount(),
      folder: 'center',
      events: suitePlans,
      clock: () => now,
      ...small,
      breathe,
    })
    let appended = 0
    const appending = (async () => {
      for (; appended < 60; appended++) await center.append([one(appended)])
    })()
    await ticks(5000)
    expect(isHeld).toBe(true)
    const before = appended
    expect(before).toBeGreaterThan(4)
    expect(before).toBeLessThan(60)
    await ticks(5000)
    expect(appended).toBe(before)
    // It is read all the while.
    expect((await center.scan({ type: 'payment', from: 0, to: 100, columns: ['count'] })).rows).toBeGreaterThanOrEqual(before)
    release()
    await appending
    await center.close()
    expect((await (await open(disk)).scan({ type: 'payment', from: 0, to: 100, columns: ['count'] })).rows).toBe(60)
  })

  it('gives the thread away while it writes many rows', async () => {
    const disk = createSimulatedDisk(createPrng(5))
    let [turns, isOver] = [0, false]
    const count = (): void => {
      turns++
      if (!isOver) setImmediate(count)
    }
    const center = await openEmbeddedCenter({
      disk: disk.mount(),
      folder: 'center',
      events: suitePlans,
      clock: () => now,
      breathe: createBreath(),
    })
    for (let n = 0; n < 30_000; n += 1000) await center.append(Array.from({ length: 1000 }, (_, i) => one(n + i, `note ${n + i}`)))
    setImmediate(count)
    await center.flush()
    isOver = true
    expect(turns).toBeGreaterThan(5)
    await center.close()
  })
})
