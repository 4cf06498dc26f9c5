import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPrng } from '../../../base/prng.ts'
import type { EventVersion } from '../../../model/event.ts'
import { crc32 } from '../../disk/crc.ts'
import { readFile } from '../../disk/port.ts'
import { createSimulatedDisk, type SimulatedDisk } from '../../disk/simulated/disk.ts'
import type { NewEvent } from '../port.ts'
import { appendAndExpect, compareReads, eventArbitrary, importTable, suitePlans } from '../suite.testing.ts'
import { type EmbeddedCenter, openEmbeddedCenter } from './center.ts'
import { idsOf, now, one, open, scanAll } from './small.testing.ts'

describe('embedded center under faults', () => {
  it('after a power cut has everything acknowledged, whole batches, whole imports, and nothing else', async () => {
    const batch = fc.uniqueArray(eventArbitrary, { selector: ({ id }) => id, minLength: 1, maxLength: 5 })
    const step = fc.record({
      do: fc.constantFrom('append', 'append', 'import', 'flush'),
      events: batch,
      cutAfter: fc.option(fc.nat({ max: 60 }), { freq: 2 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(step, { minLength: 1, maxLength: 9 }), async (seed, steps) => {
        const disk = createSimulatedDisk(createPrng(seed))
        let center = await open(disk)
        let known: EventVersion[] = []
        for (const [i, { do: what, events, cutAfter }] of steps.entries()) {
          const run = async (): Promise<void> => {
            if (what === 'append') await center.append(events)
            else if (what === 'flush') await center.flush()
            else {
              const writer = await center.import(`import ${i}`)
              await writer.write(importTable(events, 0), 1)
              await writer.sync()
              await writer.commit()
            }
          }
          const running = run().then(
            () => true,
            () => false,
          )
          let acknowledged = true
          if (cutAfter !== null) {
            for (let turn = 0; turn < cutAfter; turn++) await Promise.resolve()
            disk.crash()
            acknowledged = await running
            center = await open(disk)
          } else await running
          const fresh = what === 'flush' ? [] : events.filter(({ id }) => !known.some((version) => version.id === id))
          const found = (await Promise.all(fresh.map(({ id }) => center.versions('payment', id)))).flat()
          // All of it or nothing; all of it when it was acknowledged.
          expect([0, fresh.length]).toContain(found.length)
          if (acknowledged) expect(found.length).toBe(fresh.length)
          for (const [j, version] of found.entries()) expect(version).toMatchObject({ id: fresh[j]!.id, data: fresh[j]!.data })
          known = known.concat(found)
        }
        await compareReads(center, known)
        await center.close()
      }),
      { numRuns: Number(process.env['MILLRACE_CENTER_RUNS'] ?? 12) },
    )
  })

  it('goes on with an import from its last sync after a power cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 4 }), async (seed, cuts) => {
        const disk = createSimulatedDisk(createPrng(seed))
        let center = await open(disk)
        for (const cut of [...cuts, Number.POSITIVE_INFINITY]) {
          const run = async (): Promise<void> => {
            const writer = await center.import('file')
            for (let n = writer.resumeAfter + 1; n < 20; n++) {
              await writer.write(importTable([one(n)], 0), n)
              if (n % 3 === 0) await writer.sync()
            }
            await writer.commit()
          }
          const running = run().catch(() => {})
          if (cut === Number.POSITIVE_INFINITY) await running
          else {
            for (let turn = 0; turn < cut * 5; turn++) await Promise.resolve()
            disk.crash()
            await running
            center = await open(disk)
            expect([0, 20]).toContain((await idsOf(center)).length)
          }
        }
        expect(await idsOf(center)).toEqual(Array.from({ length: 20 }, (_, n) => `e:${n}`))
        await center.close()
      }),
      { numRuns: Number(process.env['MILLRACE_CENTER_RUNS'] ?? 12) },
    )
  })

  it('names damage in a synced run and withholds it: a read gives what was written or DATA_DAMAGED, never less', async () => {
    const disk = createSimulatedDisk(createPrng(7))
    const center = await open(disk)
    const events = Array.from({ length: 40 }, (_, n) => one(n, n % 2 === 0 ? null : `note ${n}`))
    await center.append(events)
    await center.flush()
    await center.close()
    const name = disk
      .mount()
      .list('center/runs')
      .find((file) => file.endsWith('.run'))!
    const path = `center/runs/${name}`
    const whole = readFile(disk.mount(), path).slice()
    let damages = 0
    for (let at = 0; at < whole.length; at += 11) {
      disk.damage(path, at, Uint8Array.of(whole[at]! ^ 0x41))
      const outcome = await readEverything(disk, events)
      if (outcome !== 'right') {
        damages++
        expect(outcome).toMatchObject({ code: 'DATA_DAMAGED', details: { at: path } })
      }
      disk.damage(path, at, whole.subarray(at, at + 1))
    }
    expect(damages).toBeGreaterThan(whole.length / 11 / 2)
    expect(await readEverything(disk, events)).toBe('right')
  })

  it('reads the columns and rows around a damaged page', async () => {
    const disk = createSimulatedDisk(createPrng(7))
    let center = await openEmbeddedCenter({ disk: disk.mount(), folder: 'center', events: suitePlans, clock: () => now })
    await center.append(Array.from({ length: 5000 }, (_, n) => one(n)))
    await center.flush()
    await center.close()
    const path = `center/runs/${disk
      .mount()
      .list('center/runs')
      .find((file) => file.endsWith('.run'))}`
    const text = Buffer.from(readFile(disk.mount(), path)).toString('latin1')
    const footer = JSON.parse(text.slice(text.lastIndexOf('{"type":'), text.length - 32))
    disk.damage(path, footer.columns.ratio.data.at + footer.columns.ratio.data.page + 5, Uint8Array.of(99))
    center = await openEmbeddedCenter({ disk: disk.mount(), folder: 'center', events: suitePlans, clock: () => now })
    expect(() => center.scan(scanAll)).toThrow(
      expect.objectContaining({
        code: 'DATA_DAMAGED',
        details: expect.objectContaining({ value: { part: 'column ratio', rows: [1024, 2048] } }),
      }),
    )
    expect((await center.scan({ ...scanAll, columns: ['count'] })).rows).toBe(5000)
    expect((await center.scan({ ...scanAll, to: 1000 })).rows).toBe(1000)
    expect((await center.versions('payment', 'e:3000'))[0]!.data['ratio']).toBe(375)
    expect(() => center.versions('payment', 'e:1500')).toThrow(expect.objectContaining({ code: 'DATA_DAMAGED' }))
    await center.close()
  })

  it('opens though a whole run is lost, withholds what was in it, and reads and writes the rest', async () => {
    const disk = createSimulatedDisk(createPrng(7))
    let center = await open(disk)
    const bucket = 32 * 86_400_000
    await center.append([one(1), { ...one(2), time: bucket + 5, data: { ...one(2).data, at: bucket + 5 } }])
    await center.flush()
    await center.close()
    const lost = disk
      .mount()
      .list('center/runs')
      .find((name) => name.endsWith('.run'))
    for (const spoil of [
      () => disk.damage(`center/runs/${lost}`, readFile(disk.mount(), `center/runs/${lost}`).length - 40, Uint8Array.of(0)),
      () => disk.mount().remove(`center/runs/${lost}`),
    ]) {
      spoil()
      center = await open(disk)
      const damaged = expect.objectContaining({ code: 'DATA_DAMAGED', details: expect.objectContaining({ at: `center/runs/${lost}` }) })
      expect(() => center.scan(scanAll)).toThrow(damaged)
      expect(() => center.versions('payment', 'e:1')).toThrow(damaged)
      await expect(center.erase({ types: ['payment'], subject: 'u1' })).rejects.toEqual(damaged)
      expect((await center.scan({ ...scanAll, from: bucket })).rows).toBe(1)
      await center.flush()
      await center.close()
    }
  })

  it('refuses appends while the disk is full, keeps reading, and goes on when there is room', async () => {
    const disk = createSimulatedDisk(createPrng(7))
    const center = await open(disk)
    const known: EventVersion[] = []
    for (let n = 0; n < 20; n++) await appendAndExpect(center, [one(n)], known)
    disk.faults.capacity = 100
    await expect(center.append([one(20)])).rejects.toMatchObject({ code: 'DISK_FULL', retryable: true })
    expect((await idsOf(center)).length).toBe(20)
    disk.faults.capacity = Number.POSITIVE_INFINITY
    for (let n = 20; n < 40; n++) await appendAndExpect(center, [one(n)], known)
    await compareReads(center, known)
    disk.crash()
    await compareReads(await open(disk), known)
  })

  it('accepts nothing after a failed sync of the log, and has what was acknowledged when opened again', async () => {
    const disk = createSimulatedDisk(createPrng(7))
    const center = await open(disk)
    await center.append([one(1)])
    disk.faults.failSyncs = 1
    await expect(center.append([one(2)])).rejects.toMatchObject({ code: 'LOG_FAILED' })
    await expect(center.append([one(3)])).rejects.toMatchObject({ code: 'LOG_FAILED' })
    disk.crash()
    expect((await idsOf(await open(disk)))[0]).toBe('e:1')
  })

  it('falls back to the manifest before when the newest is damaged, and loses nothing', async () => {
    const disk = createSimulatedDisk(createPrng(7))
    const center = await open(disk)
    const known: EventVersion[] = []
    for (let n = 0; n < 12; n++) {
      await appendAndExpect(center, [one(n)], known)
      await appendAndExpect(center, [{ ...one(n, 'amended'), correction: true }], known)
      if (n % 3 === 0) await center.flush()
    }
    await center.close()
    const manifests = disk
      .mount()
      .list('center')
      .filter((name) => name.startsWith('manifest-'))
    expect(manifests.length).toBe(2)
    disk.damage(`center/${manifests[1]}`, 80, Uint8Array.of(0))
    const again = await open(disk)
    await compareReads(again, known)
    await appendAndExpect(again, [one(99)], known)
    await again.flush()
    await again.close()
    await compareReads(await open(disk), known)
    disk.crash()
    for (const name of disk
      .mount()
      .list('center')
      .filter((file) => file.startsWith('manifest-')))
      disk.damage(`center/${name}`, 80, Uint8Array.of(0))
    await expect(open(disk)).rejects.toMatchObject({ code: 'MANIFEST_DAMAGED' })
  })

  it('refuses what a newer Millrace wrote', async () => {
    const disk = createSimulatedDisk(createPrng(7))
    const center = await open(disk)
    await center.append([one(1)])
    await center.append([{ ...one(1, 'x'), correction: true }, one(2)])
    await center.flush()
    await center.close()
    const files = disk.mount().list('center/runs')
    const run = `center/runs/${files.find((name) => name.endsWith('.run'))}`
    const amended = `center/runs/${files.findLast((name) => name.endsWith('.amended'))}`
    const trailer = readFile(disk.mount(), run).slice(-32)
    const newer = trailer.slice()
    newer[16] = 2
    new DataView(newer.buffer).setUint32(20, crc32(newer.subarray(0, 20)), true)
    const at = readFile(disk.mount(), run).length - 32
    disk.damage(run, at, newer)
    await expect(open(disk)).rejects.toMatchObject({ code: 'FORMAT_TOO_NEW', details: { at: run } })
    disk.damage(run, at, trailer)
    disk.damage(amended, 8, Uint8Array.of(2))
    await expect(open(disk)).rejects.toMatchObject({ code: 'FORMAT_TOO_NEW', details: { at: amended } })
    disk.damage(amended, 8, Uint8Array.of(1))
    await (await open(disk)).close()
  })

  it('leaves no byte of an erased subject on the disk, whenever the power is cut', async () => {
    const secret = 'Erika Mustermann'
    const own: NewEvent = { ...one(3, secret), subject: secret, data: { ...one(3, secret).data, user: secret } }
    for (let cut = 0; cut < 210; cut += 6) {
      const disk = createSimulatedDisk(createPrng(cut))
      let center = await open(disk)
      await center.append([own, one(4)])
      await center.append([{ ...own, data: { ...own.data, count: 9 }, correction: true }])
      await center.flush()
      await center.append([{ ...own, id: 'later' }])
      const erasing = center.erase({ types: ['payment'], subject: secret }).then(
        () => true,
        () => false,
      )
      for (let turn = 0; turn < cut; turn++) await Promise.resolve()
      disk.crash()
      const acknowledged = await erasing
      center = await open(disk)
      const left = (await center.versions('payment', 'e:3')).length
      if (acknowledged) expect(left).toBe(0)
      expect([0, 2]).toContain(left)
      if (left === 0) expect(secretFiles(disk, secret)).toEqual([])
      expect((await center.versions('payment', 'e:4')).length).toBe(1)
      await center.close()
    }
  })

  it('lets one process at a time open a data folder', async () => {
    const disk = createSimulatedDisk(createPrng(7))
    const center = await open(disk)
    await expect(open(disk)).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE' })
    await center.close()
    await (await open(disk)).close()
  })
})

/** Files of segments and runs with a text in them; the marker of its erasure may name it. */
const secretFiles = (disk: SimulatedDisk, text: string): string[] => {
  const mounted = disk.mount()
  return ['center/log', 'center/runs'].flatMap((folder) =>
    mounted
      .list(folder)
      .map((name) => `${folder}/${name}`)
      .filter((path) => Buffer.from(readFile(mounted, path)).includes(text)),
  )
}

/** 'right' when every event comes back as it was written, by scan, by key and by id; else the error. */
const readEverything = async (disk: SimulatedDisk, events: readonly NewEvent[]): Promise<unknown> => {
  let center: EmbeddedCenter | undefined
  try {
    center = await open(disk)
    const table = await center.scan(scanAll)
    expect(table.rows).toBe(events.length)
    for (let row = 0; row < table.rows; row++) {
      expect([table.ids.at(row), table.time[row]]).toEqual([events[row]!.id, events[row]!.time])
    }
    const found = [0, 1, 2].map((n) =>
      center!.events({ types: ['payment'], from: 0, to: 1000, key: { user: `u${n}` }, read: { as: 'corrected' } }),
    )
    const all = (await Promise.all(found)).flat().sort((a, b) => a.time - b.time)
    expect(all.map(({ data }) => data)).toEqual(events.map(({ data }) => data))
    for (const event of events) expect((await center.versions('payment', event.id))[0]!.data).toEqual(event.data)
    return 'right'
  } catch (error) {
    if ((error as Error).name === 'AssertionError') throw error
    return error
  } finally {
    await center?.close()
    disk.crash()
  }
}
