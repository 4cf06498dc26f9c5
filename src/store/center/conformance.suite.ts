/**
 * What every event center must do, whatever keeps it. A backend's test calls this with a way to open one place again and
 * again. Answers are compared with plain loops over the versions that were accepted.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventVersion } from '../../model/event.ts'
import type { EventPlan } from '../../model/plan.ts'
import { amend, importAndExpect, payment } from './conformance-steps.testing.ts'
import type { Center, NewEvent } from './port.ts'
import { appendAndExpect, compareReads, day, eventArbitrary, importTable, suitePlans } from './suite.testing.ts'

export interface CenterPlace {
  /** Opens the center of this place with these types and this clock; after `close` again. */
  open(events: { readonly [type: string]: EventPlan }, clock: () => number): Promise<Center>
}

/** `runs`: how many random histories. */
export const describeCenter = (name: string, createPlace: () => CenterPlace, runs: number): void => {
  describe(`center: ${name}`, () => {
    it('answers every read from what was appended, corrected, moved, deleted and imported, also when opened again', async () => {
      const amendment = fc.record({ pick: fc.nat(), event: eventArbitrary, isDelete: fc.boolean(), isAtPlace: fc.boolean() })
      const step = fc.oneof(
        {
          weight: 4,
          arbitrary: fc.record({ do: fc.constant('append' as const), events: fc.array(eventArbitrary, { minLength: 1, maxLength: 8 }) }),
        },
        { weight: 3, arbitrary: fc.record({ do: fc.constant('amend' as const), amendment }) },
        {
          weight: 2,
          arbitrary: fc.record({
            do: fc.constant('import' as const),
            events: fc.array(eventArbitrary, { minLength: 1, maxLength: 12 }),
            lag: fc.constantFrom(0, 5, undefined),
          }),
        },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
      )
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
          const place = createPlace()
          let now = 200 * day
          const clock = () => now++
          let center = await place.open(suitePlans, clock)
          const known: EventVersion[] = []
          for (const [i, one] of steps.entries()) {
            if (one.do === 'append') for (const event of one.events) await appendAndExpect(center, [event], known)
            if (one.do === 'amend') await appendAndExpect(center, amend(known, one.amendment), known)
            if (one.do === 'import') await importAndExpect(center, `import ${i}`, one.events, one.lag, known)
            if (one.do === 'reopen') {
              await center.close()
              center = await place.open(suitePlans, clock)
            }
          }
          await compareReads(center, known)
          await center.close()
          const again = await place.open(suitePlans, clock)
          await compareReads(again, known)
          await again.close()
        }),
        { numRuns: Number(process.env['MILLRACE_CENTER_RUNS'] ?? runs) },
      )
    })

    it('makes one commit of an append, readable when it resolves, with the log position as version', async () => {
      const center = await createPlace().open(suitePlans, () => 5000)
      const first = await center.append([payment('a', 1), payment('b', 2)])
      expect(first).toEqual({ stamp: 5000, outcomes: [{ outcome: 'stored' }, { outcome: 'stored' }] })
      expect(center.safe()).toBe(5000)
      expect((await center.versions('payment', 'b')).map(({ version, recordedAt, knownAt }) => [version, recordedAt, knownAt])).toEqual([
        [1, 5000, 5000],
      ])
      await center.close()
    })

    it('writes a marker at the place that a correction leaves, and refuses one that does not name it', async () => {
      const center = await createPlace().open(suitePlans, () => 5000)
      const old = payment('a', 10)
      const next: NewEvent = { ...payment('a', 20), correction: true }
      await center.append([old])
      expect((await center.append([next])).outcomes[0]).toMatchObject({ outcome: 'refused', code: 'CORRECTION_PLACE_MISSING' })
      const wrong = { ...next, previous: { time: 11, seq: 0, subject: 'u1', data: {} } }
      expect((await center.append([wrong])).outcomes[0]).toMatchObject({ outcome: 'refused', code: 'CORRECTION_TARGET_UNKNOWN' })
      const right = { ...next, previous: { time: 10, seq: 0, subject: 'u1', data: {} } }
      expect((await center.append([right])).outcomes).toEqual([{ outcome: 'stored' }])
      const versions = await center.versions('payment', 'a')
      expect(versions.map(({ op, time, version }) => [op, time, version])).toEqual([
        ['put', 10, 0],
        ['put', 20, 1],
        ['moved', 10, 1],
      ])
      expect(versions[1]!.recordedAt).toBe(versions[2]!.recordedAt)
      expect((await center.append([right])).outcomes).toEqual([{ outcome: 'duplicate' }])
      expect((await center.append([old])).outcomes).toEqual([{ outcome: 'duplicate' }])
      await center.close()
    })

    it('keeps the seq an event came with where an offer has none of its own', async () => {
      const center = await createPlace().open(suitePlans, () => 5000)
      const first = { ...payment('a', 10), seq: 7 }
      const again: NewEvent = { ...payment('a', 10), isSeqDerived: true }
      const mended: NewEvent = { ...again, data: { ...again.data, note: 'mended' }, correction: true }
      const moved: NewEvent = { ...payment('a', 20), isSeqDerived: true, correction: true, previous: { ...again } }
      const { outcomes } = await center.append([first])
      expect(outcomes).toEqual([{ outcome: 'stored' }])
      expect((await center.append([again])).outcomes).toEqual([{ outcome: 'duplicate' }])
      expect((await center.append([mended])).outcomes).toEqual([{ outcome: 'stored' }])
      expect((await center.append([moved])).outcomes).toEqual([{ outcome: 'stored' }])
      expect((await center.versions('payment', 'a')).map(({ op, time, seq }) => [op, time, seq])).toEqual([
        ['put', 10, 7],
        ['put', 10, 7],
        ['put', 20, 7],
        ['moved', 10, 7],
      ])
      await center.close()
    })

    it('refuses what amends an unknown event, lies ahead of now, or is of no declared type, and stores the rest', async () => {
      const center = await createPlace().open(suitePlans, () => 5000)
      const { outcomes } = await center.append([
        { ...payment('a', 1), op: 'delete' },
        { ...payment('a', 1), correction: true },
        payment('b', 5000 + 300_001),
        { ...payment('c', 1), type: 'paymant' },
        { ...payment('e', 1), subject: 'u2' },
        payment('d', 5000 + 300_000),
      ])
      expect(outcomes.map((outcome) => (outcome.outcome === 'refused' ? outcome.code : outcome.outcome))).toEqual([
        'CORRECTION_TARGET_UNKNOWN',
        'CORRECTION_TARGET_UNKNOWN',
        'TIME_AHEAD',
        'EVENT_UNKNOWN',
        'SUBJECT_INVALID',
        'stored',
      ])
      expect(() => center.scan({ type: 'paymant', from: 0, to: 1, columns: [] })).toThrow(
        expect.objectContaining({ code: 'EVENT_UNKNOWN', message: expect.stringContaining("'payment'") }),
      )
      await center.close()
    })

    it('orders corrections by the version their source states, whichever comes first', async () => {
      const center = await createPlace().open(suitePlans, () => 5000)
      const at = (version: number, city: string): NewEvent => ({
        ...payment('a', 1),
        data: { ...payment('a', 1).data, note: city },
        version,
        correction: version > 1,
      })
      await center.append([at(1, 'one')])
      await center.append([at(3, 'three')])
      await center.append([at(2, 'two')])
      expect((await center.versions('payment', 'a')).map(({ data }) => data['note'])).toEqual(['one', 'two', 'three'])
      expect((await center.append([at(2, 'two')])).outcomes[0]).toEqual({ outcome: 'duplicate' })
      expect((await center.append([at(2, 'other')])).outcomes[0]).toMatchObject({ outcome: 'refused', code: 'ID_CONFLICT' })
      await center.close()
    })

    it('shows an import at once when it commits and not before, and goes on with one that was broken off', async () => {
      const place = createPlace()
      let center = await place.open(suitePlans, () => 9000)
      const writer = await center.import('file 1')
      expect([writer.state, writer.resumeAfter]).toEqual(['new', -1])
      await writer.write(importTable([payment('p:1', 1), payment('p:2', 2)], undefined), 1)
      await writer.sync()
      await writer.write(importTable([payment('p:3', 3)], undefined), 2)
      expect((await center.scan({ type: 'payment', from: 0, to: 10, columns: [] })).rows).toBe(0)
      await center.close()
      center = await place.open(suitePlans, () => 9500)
      const resumed = await center.import('file 1')
      expect([resumed.state, resumed.resumeAfter]).toEqual(['resumed', 1])
      await resumed.write(importTable([payment('p:3', 3), payment('p:4', 4)], undefined), 3)
      const committed = await resumed.commit()
      expect(committed).toMatchObject({ stamp: 9500, stored: 4, duplicates: 0, conflictCount: 0 })
      expect(center.safe()).toBe(9500)
      expect((await center.scan({ type: 'payment', from: 0, to: 10, columns: [] })).rows).toBe(4)
      const again = await center.import('file 1')
      expect([again.state, again.resumeAfter, await again.commit()]).toEqual(['committed', 3, committed])
      await center.close()
    })

    it('lists as many rows in conflict as a commit asks for, and keeps the first 1,000', async () => {
      const place = createPlace()
      const center = await place.open(suitePlans, () => 9000)
      const events = Array.from({ length: 1010 }, (_, i) => payment(`p:${i}`, i))
      await center.append(events)
      const writer = await center.import('one')
      await writer.write(
        importTable(
          events.map((event) => ({ ...event, data: { ...event.data, note: 'other' } })),
          0,
        ),
        1009,
      )
      const { conflicts, ...counts } = await writer.commit({ mostConflicts: 1005 })
      expect(counts).toMatchObject({ stored: 0, duplicates: 0, conflictCount: 1010 })
      expect(conflicts).toHaveLength(1005)
      expect(new Set(conflicts.map(({ id }) => id)).size).toBe(1005)
      await center.close()
      const again = await place.open(suitePlans, () => 9000)
      const known = await (await again.import('one')).commit({ mostConflicts: 1005 })
      expect(known).toEqual({ ...counts, conflicts: conflicts.slice(0, 1000) })
      await again.close()
    })

    it('names the same rows in conflict in the same order, wherever an import is synced or broken off', async () => {
      const rows = fc.array(fc.record({ n: fc.nat({ max: 6 }), time: fc.nat({ max: 2 }), note: fc.constantFrom('x', 'y') }), {
        minLength: 2,
        maxLength: 14,
      })
      const eventOf = ({ n, time, note }: { readonly n: number; readonly time: number; readonly note: string }): NewEvent => {
        const event = payment(`p:${n}`, time)
        return { ...event, data: { ...event.data, note } }
      }
      const imported = async (events: readonly NewEvent[], known: readonly NewEvent[], breaks: readonly number[]) => {
        const place = createPlace()
        let center = await place.open(suitePlans, () => 9000)
        for (const event of known) await center.append([event])
        let writer = await center.import('one')
        for (const [i, event] of events.entries()) {
          await writer.write(importTable([event], 0), i)
          if (!breaks.includes(i)) continue
          await writer.sync()
          await writer.release()
          await center.close()
          center = await place.open(suitePlans, () => 9000)
          writer = await center.import('one')
        }
        const { stored, duplicates, conflictCount, conflicts } = await writer.commit()
        await center.close()
        return { stored, duplicates, conflictCount, conflicts: conflicts.map(({ position: _, ...conflict }) => conflict) }
      }
      // One part of a row, and another of so many more that its ids are looked up.
      const many = Array.from({ length: 200 }, (_, i) => eventOf({ n: 10 + i, time: 1, note: 'x' }))
      for (const time of [0, 5]) {
        const [own, before, after] = [time, 1, 9].map((at) => eventOf({ n: 0, time: at, note: 'x' }))
        const uneven = [own!, before!, ...many, after!]
        expect(await imported(uneven, [], [0])).toMatchObject({ stored: 201, duplicates: 0, conflictCount: 2 })
        expect(await imported(uneven, [], [])).toMatchObject({ stored: 201, duplicates: 0, conflictCount: 2 })
      }
      await fc.assert(
        fc.asyncProperty(rows, rows, fc.array(fc.nat({ max: 12 }), { maxLength: 4 }), async (fresh, stored, breaks) => {
          const [events, known] = [fresh.map(eventOf), stored.map(eventOf)]
          expect(await imported(events, known, breaks)).toEqual(await imported(events, known, []))
        }),
        {
          numRuns: runs,
          // The last two would be twice the same, were it not for the first, which another part brings.
          examples: [
            [
              [
                { n: 1, time: 1, note: 'x' },
                { n: 1, time: 1, note: 'x' },
                { n: 1, time: 0, note: 'x' },
              ],
              [],
              [1],
            ],
          ],
        },
      )
    })

    it('drops rows of an import that are known, and names those that differ', async () => {
      const center = await createPlace().open(suitePlans, () => 9000)
      await center.append([payment('p:1', 1), payment('p:2', 2)])
      const first = await center.import('one')
      const other = { ...payment('p:2', 2), data: { ...payment('p:2', 2).data, note: 'other' } }
      await first.write(importTable([payment('p:1', 1), other, payment('p:3', 3), payment('p:3', 3), payment('p:4', 4)], 0), 5)
      expect(await first.commit()).toMatchObject({
        stored: 2,
        duplicates: 2,
        conflictCount: 1,
        conflicts: [{ type: 'payment', id: 'p:2', position: 5, time: 2, seq: 0 }],
      })
      const second = await center.import('two')
      await second.write(importTable([payment('p:3', 3), payment('p:4', 5), payment('p:5', 5)], 0), 3)
      expect(await second.commit()).toMatchObject({ stored: 1, duplicates: 1, conflictCount: 1, conflicts: [{ id: 'p:4' }] })
      const table = await center.scan({ type: 'payment', from: 0, to: 10, columns: [] })
      expect(Array.from({ length: table.rows }, (_, row) => table.ids.at(row))).toEqual(['p:1', 'p:2', 'p:3', 'p:4', 'p:5'])
      await center.close()
    })

    it('erases a subject: every version of it, for every read, also when opened again, and says when', async () => {
      const place = createPlace()
      let center = await place.open(suitePlans, () => 9000)
      const other = { ...payment('p:2', 2), subject: 'u2', data: { ...payment('p:2', 2).data, user: 'u2' } }
      const writer = await center.import('one')
      await writer.write(importTable([payment('p:1', 1), other], 0), 1)
      await expect(center.erase({ types: ['payment'], subject: 'u1' })).rejects.toMatchObject({ code: 'IMPORT_RUNNING' })
      await writer.commit()
      await center.append([payment('p:3', 3), payment('p:4', 4)])
      await center.append([{ ...payment('p:4', 4), op: 'delete' }])
      expect(center.erasedAt('payment', 'u1')).toBeUndefined()
      const { stamp, versions } = await center.erase({ types: ['payment'], subject: 'u1' })
      expect(versions).toBe(4)
      const check = async (): Promise<void> => {
        expect(center.erasedAt('payment', 'u1')).toBe(stamp)
        const table = await center.scan({ type: 'payment', from: 0, to: 10, columns: ['user'] })
        expect([table.rows, table.ids.at(0), table.amended]).toEqual([1, 'p:2', []])
        for (const id of ['p:1', 'p:3', 'p:4']) expect(await center.versions('payment', id)).toEqual([])
        expect(await center.events({ types: ['payment'], from: 0, to: 10, key: { user: 'u1' }, read: { as: 'corrected' } })).toEqual([])
      }
      await check()
      await center.close()
      center = await place.open(suitePlans, () => 9000)
      await check()
      await center.close()
    })

    it('leaves nothing of an import that was given up', async () => {
      const center = await createPlace().open(suitePlans, () => 9000)
      const writer = await center.import('one')
      await writer.write(importTable([payment('p:1', 1)], 0), 1)
      await writer.sync()
      await writer.abort()
      await expect(writer.commit()).rejects.toMatchObject({ code: 'IMPORT_OVER' })
      const again = await center.import('one')
      expect([again.state, again.resumeAfter]).toEqual(['new', -1])
      expect((await again.commit()).stored).toBe(0)
      await center.close()
    })
  })
}
