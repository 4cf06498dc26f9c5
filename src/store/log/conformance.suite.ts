/** What every log must do, whatever keeps it. A backend's test calls this with a way to open one place again and again. */
import { describe, expect, it } from 'vitest'
import type { Log, LogRecord } from './port.ts'

export interface LogPlace {
  /** Opens the log of this place; after `close`, or after a crash, again. */
  open(clock: () => number): Promise<Log>
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

export const recordsFrom = async (log: Log, from = 0): Promise<LogRecord[]> => {
  const found: LogRecord[] = []
  for await (const records of log.read(from)) found.push(...records)
  return found
}

const texts = (records: readonly LogRecord[]): string[] => records.map(({ bytes }) => new TextDecoder().decode(bytes))

export const describeLog = (name: string, createPlace: () => LogPlace): void => {
  describe(`log: ${name}`, () => {
    it('gives back what was appended, in order, with offsets, kinds and one stamp for each commit', async () => {
      const log = await createPlace().open(() => 1000)
      const first = await log.append([
        { kind: 7, bytes: bytesOf('a') },
        { kind: 9, bytes: bytesOf('') },
      ])
      const second = await log.append([{ kind: 65_535, bytes: bytesOf('ccc') }])
      expect([first, second]).toEqual([
        { stamp: 1000, offset: 0 },
        { stamp: 1000 + 1 / 1024, offset: 2 },
      ])
      const records = await recordsFrom(log)
      expect(texts(records)).toEqual(['a', '', 'ccc'])
      expect(records.map(({ offset, stamp, kind }) => [offset, stamp, kind])).toEqual([
        [0, 1000, 7],
        [1, 1000, 9],
        [2, 1000 + 1 / 1024, 65_535],
      ])
      expect(log.end()).toEqual({ offset: 3, stamp: 1000 + 1 / 1024 })
      await log.close()
    })

    it('reads from any offset', async () => {
      const log = await createPlace().open(() => 5)
      for (let i = 0; i < 40; i++) await log.append([{ kind: 1, bytes: bytesOf(`${i}`) }])
      for (const from of [0, 1, 17, 39]) expect(texts(await recordsFrom(log, from))[0]).toBe(`${from}`)
      expect(await recordsFrom(log, 40)).toEqual([])
      await log.close()
    })

    it('goes on where it was when opened again, and its stamps never fall though the clock does', async () => {
      const place = createPlace()
      const log = await place.open(() => 5000)
      await log.append([{ kind: 1, bytes: bytesOf('old') }])
      await log.close()
      const again = await place.open(() => 20)
      expect(again.end()).toEqual({ offset: 1, stamp: 5000 })
      expect(await again.append([{ kind: 1, bytes: bytesOf('new') }])).toEqual({ stamp: 5000 + 1 / 1024, offset: 1 })
      expect(texts(await recordsFrom(again))).toEqual(['old', 'new'])
      await again.close()
    })

    it('keeps many appends at once in the order they were made', async () => {
      const log = await createPlace().open(() => 1)
      const commits = await Promise.all(Array.from({ length: 200 }, (_, i) => log.append([{ kind: 1, bytes: bytesOf(`${i}`) }])))
      expect(commits.map(({ offset }) => offset)).toEqual(Array.from({ length: 200 }, (_, i) => i))
      expect(texts(await recordsFrom(log))).toEqual(Array.from({ length: 200 }, (_, i) => `${i}`))
      await log.close()
    })

    it('drops what lies wholly below an offset and keeps the rest, also when opened again', async () => {
      const place = createPlace()
      const log = await place.open(() => 1)
      for (let i = 0; i < 20; i++) await log.append([{ kind: 1, bytes: bytesOf(`${i}`) }])
      await log.dropBelow(log.end().offset)
      await log.append([{ kind: 1, bytes: bytesOf('after') }])
      expect(texts(await recordsFrom(log, 20))).toEqual(['after'])
      await log.close()
      const again = await place.open(() => 1)
      expect(again.end().offset).toBe(21)
      expect(texts(await recordsFrom(again, 20))).toEqual(['after'])
      await again.close()
    })

    it('refuses work once it is closed', async () => {
      const log = await createPlace().open(() => 1)
      await log.close()
      await expect(log.append([{ kind: 1, bytes: bytesOf('x') }])).rejects.toMatchObject({ code: 'LOG_CLOSED' })
    })
  })
}
