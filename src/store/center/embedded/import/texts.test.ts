import { describe, expect, it } from 'vitest'
import { createPrng } from '../../../../base/prng.ts'
import { columnOf } from '../../../../model/cell.ts'
import type { EventPlan } from '../../../../model/plan.ts'
import type { CodeColumn, EventTable } from '../../../../model/table.ts'
import { createSimulatedDisk } from '../../../disk/simulated/disk.ts'
import { openEmbeddedCenter } from '../center.ts'

const plan: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  rows: 'facts',
  data: {
    user: { kind: 'entity', name: 'user' },
    at: { kind: 'time' },
    token: { kind: 'optional', of: { kind: 'string' } },
    later: { kind: 'string' },
  },
}

const chunkRows = 1500
const chunks = 7
const rows = chunkRows * chunks
const timeOf = (row: number): number => (row * 7919) % rows
/** Nearly every one of its own: null here and there, some that are there twice, some beyond ASCII. */
const tokenOf = (row: number): string | null =>
  row % 17 === 0 ? null : row % 50 === 1 ? 'again' : `${row % 3 === 0 ? 'é' : 't'}${(row * 31) % rows}`
/** Different in the first chunks, a few texts from there on. */
const laterOf = (row: number): string => (row < chunkRows * 2 ? `z${rows - row}` : `a${row % 5}`)
const userOf = (row: number): string => `user ${(row * 13) % 4000}`

const chunkTable = (chunk: number): EventTable => {
  const own = Array.from({ length: chunkRows }, (_, i) => chunk * chunkRows + i)
  const time = Float64Array.from(own, timeOf)
  return {
    type: 'visit',
    rows: chunkRows,
    time,
    seq: new Float64Array(chunkRows),
    ids: { at: (i) => `${own[i]! % 2 === 0 ? 'even' : 'odd'}-${own[i]!}x` },
    recordedAt: Number.NaN,
    knownAt: Number.NaN,
    amended: [],
    columns: {
      user: columnOf(plan.data['user']!, own.map(userOf)),
      at: { kind: 'number', values: time },
      token: columnOf(plan.data['token']!, own.map(tokenOf)),
      later: columnOf(plan.data['later']!, own.map(laterOf)),
    },
  }
}

const textsOf = ({ codes, dictionary }: CodeColumn): (string | null)[] => Array.from(codes, (code) => (code < 0 ? null : dictionary[code]!))

describe('columns of texts', () => {
  it.each([chunkRows, rows])('that seldom come again are read as they were written, in parts of %i rows', async (partRows) => {
    const disk = createSimulatedDisk(createPrng(5)).mount()
    const center = await openEmbeddedCenter({ disk, folder: 'center', events: { visit: plan }, clock: () => rows, partRows })
    const writer = await center.import('one')
    for (let chunk = 0; chunk < chunks; chunk++) await writer.write(chunkTable(chunk), chunk)
    expect(await writer.commit()).toMatchObject({ stored: rows, duplicates: 0 })
    const byTime = Array.from({ length: rows }, (_, row) => row).sort((a, b) => timeOf(a) - timeOf(b))
    const range = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }
    const table = await center.scan({ type: 'visit', columns: ['user', 'token', 'later'], ...range })
    for (const [name, textAt] of [
      ['user', userOf],
      ['token', tokenOf],
      ['later', laterOf],
    ] as const) {
      const column = table.columns[name] as CodeColumn
      expect(textsOf(column)).toEqual(byTime.map(textAt))
      expect(new Set(column.dictionary).size).toBe(column.dictionary.length)
    }
    const wanted = byTime.filter((row) => userOf(row) === 'user 39').map(tokenOf)
    const keyed = await center.table({ type: 'visit', columns: ['token'], keys: [{ user: 'user 39' }], ...range })
    expect(textsOf(keyed.columns['token'] as CodeColumn)).toEqual(wanted)
    expect(wanted.length).toBeGreaterThan(1)
    expect((await center.versions('visit', 'odd-4321x'))[0]?.data).toMatchObject({ token: tokenOf(4321), later: laterOf(4321) })
    await center.close()
  })
})
