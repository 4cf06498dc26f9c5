import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { createPrng } from '../base/prng.ts'
import type { MappingPlan, SourcedValue } from '../model/mapping.ts'
import type { EventPlan } from '../model/plan.ts'
import { readFile } from '../store/disk/port.ts'
import { createSimulatedDisk } from '../store/disk/simulated/disk.ts'
import { type DeadLetterStore, openDeadLetters } from './dead-letters.ts'
import { examineDeadLetters, frame } from './dead-letters-file.ts'
import { clock, createFiles, idsIn, mappingOf, opened, payment, plan } from './import.testing.ts'
import { importFile } from './import.ts'
import type { DeadLetter } from './letter.ts'
import { createBelonging } from './letters-of-subject.ts'
import { readRecords } from './records.testing.ts'
import { replayDeadLetters } from './replay.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-letters-'))
afterAll(() => rmSync(folder, { recursive: true }))
const written = createFiles(folder)

const headerOf = (format: number): Uint8Array => {
  const header = Buffer.from(`MRDEAD\0\0${String.fromCharCode(format)}\0\0\0`)
  const crc = Buffer.alloc(4)
  crc.writeUInt32LE(crc32(header))
  return Buffer.concat([header, crc])
}

const letterOf = (key: string, importId: string) => ({
  key,
  code: 'C' as const,
  reason: 'r',
  at: '',
  position: 0,
  origin: { via: 'import', importId, mapping: 'm', file: 'f', source: 's' } as const,
  record: key,
  refusedAt: 0,
})
const numbersIn = (store: DeadLetterStore) => store.list().map(({ number, key }) => `${number}${key}`)

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

  it('of a mapping that was inferred are tried by it again', async () => {
    const disk = createSimulatedDisk(createPrng(4))
    const place = await opened(disk.mount(), { file: written(content, 'csv') })
    const only = mappingOf({ events: [mappingOf().plan.events[0]!] })
    await importFile({ ...place.options, mapping: only, isInferred: true })
    disk.crash()
    const { deadLetters, center } = await opened(disk.mount(), { file: 'unused' })
    const replay = (amount: EventPlan['data'][string]) =>
      replayDeadLetters({
        deadLetters,
        events: { ...plan.events, payment: { ...payment, data: { ...payment.data, amount } } },
        mappings: {},
        center,
        clock,
      })
    expect((await replay({ kind: 'decimal', scale: 2 })).refused).toEqual({ DECIMAL_INEXACT: 2, QUOTE_UNCLOSED: 1 })
    // Its columns are what the fields of today are.
    expect(await replay({ kind: 'decimal', scale: 3 })).toEqual({ replayed: 2, events: 2, refused: { QUOTE_UNCLOSED: 1 } })
  })

  it('of a subject are erased with it, from the file too, and no others', async () => {
    const disk = createSimulatedDisk(createPrng(6))
    const place = await opened(disk.mount(), {
      file: written('user,at,amount\nErika,1,1.005\nOtto,2,1.005\nOtto,3,200.55\nErika,x,1\n"Erika,4,1\n', 'csv'),
    })
    await importFile(place.options)
    const body = ['{"payment":{"user":"Erika","at":1}}', '{"type":"payment","data":{"user":"Otto","at":"Erika"}}', '{"user": Erika'].join(
      '\n',
    )
    const sent = readRecords(body, { events: plan.events, source: 'h', latest: clock() }).flatMap((one, position) =>
      'event' in one
        ? []
        : [
            {
              key: one.sourceId,
              code: one.refusal.code,
              reason: 'r',
              at: '',
              position,
              origin: { via: 'http', sourceId: one.sourceId, seq: 0 } as const,
              record: one.record,
              refusedAt: 0,
            },
          ],
    )
    place.deadLetters.append(sent)
    place.deadLetters.markReplayed(2)
    const before = place.deadLetters.list({ withReplayed: true })
    expect(before).toHaveLength(8)
    const belonging = createBelonging({
      types: ['payment', 'big'],
      subject: 'Erika',
      events: plan.events,
      mappingOf: () => mappingOf().plan,
    })
    const isErased = (letter: DeadLetter) => belonging(letter) === 'its'
    expect(await place.deadLetters.erase(isErased)).toBe(5)
    const left = before.filter(({ number }) => [2, 3, 7].includes(number))
    expect(place.deadLetters.list({ withReplayed: true })).toEqual(left)
    expect(left.map(({ isReplayed }) => isReplayed)).toEqual([true, false, false])
    // Neither their records nor their numbers come again.
    const { number: _, isReplayed: __, ...again } = before[0]!
    place.deadLetters.append([again])
    await place.deadLetters.sync()
    disk.crash()
    const reopened = await openDeadLetters(disk.mount(), 'dead')
    expect(reopened.list({ withReplayed: true }).map(({ number }) => number)).toEqual([2, 3, 7, 9])
    expect(await reopened.erase(isErased)).toBe(1)
    const text = Buffer.from(readFile(disk.mount(), 'dead/letters')).toString()
    expect(text.match(/Erika/g)).toHaveLength(1)
    expect(examineDeadLetters(disk.mount(), 'dead')).toMatchObject({ damaged: [], lost: [] })
  })

  it('of a subject are those that name it only as what a correction moves away from', () => {
    const judged = (record: unknown, event?: string) =>
      createBelonging({ types: ['payment'], subject: 'Erika', events: plan.events, mappingOf: () => undefined })({
        key: 'a',
        code: 'TYPE_MISMATCH',
        reason: 'r',
        at: '',
        ...(event !== undefined && { event }),
        position: 0,
        origin: { via: 'http', sourceId: 'a:0', seq: 0 },
        record,
        refusedAt: 0,
        number: 1,
        isReplayed: false,
      })
    const previous = (user: string) => ({ user, at: 1, amount: 1 })
    const data = { user: 'Otto', at: 'bad' }
    expect(judged({ type: 'payment', data, correction: true, previous: previous('Erika') }, 'payment')).toBe('its')
    expect(judged({ type: 'payment', ...data, previous: previous('Erika') })).toBe('its')
    expect(judged({ payment: { ...data, previous: previous('Erika') } })).toBe('its')
    expect(judged({ type: 'payment', data, previous: previous('Anna') })).toBe('others')
    // A record without a subject of its own is searched whole, whatever stands before.
    expect(judged({ type: 'payment', data: { who: 'Erika' }, previous: previous('Otto') })).toBe('its')
  })

  it('of a subject that a function makes are found by it, and what it does not come to is said', async () => {
    const place = await opened(createSimulatedDisk(createPrng(7)).mount(), {
      file: written('user,at,amount\nerika,1,1.005\notto,2,1.005\nNobody,x,1\nERIKA!,y,1\nerika,3,zz\n', 'csv'),
    })
    const upper = (name: string) => {
      if (name === 'Nobody') throw new Error('nobody')
      return name.toUpperCase()
    }
    const computed = { of: ['user'], by: upper as never }
    const columns = mappingOf().plan.columns
    const into = { event: 'payment', knownAt: { time: 'event' } } as const
    const of = (user: SourcedValue): MappingPlan => ({
      columns,
      events: [{ ...into, fields: { user, at: { column: 'at' }, amount: { column: 'amount' } } }],
    })
    await importFile({ ...place.options, mapping: { name: 'payments', plan: of(computed) } })
    const judged = (mapping: MappingPlan | undefined, subject = 'ERIKA') =>
      place.deadLetters
        .list()
        .map(createBelonging({ types: ['payment'], subject, events: plan.events, mappingOf: () => mapping }))
        .join(' ')
    expect(judged(of(computed))).toBe('its others unclear others its')
    expect(judged(of(computed), 'Nobody')).toBe('others others its others others')
    expect(judged(undefined, 'erika')).toBe('its unclear unclear unclear its')
    expect(judged(of({ column: 'user' }), 'ERIKA!')).toBe('others others others its others')
    expect(judged(of({ value: 'ERIKA' }))).toBe('its its its its its')
    expect(judged({ columns, events: [{ ...into, event: 'big', fields: {} }] })).toBe('others others others others others')
  })

  it('never have a number again that was given up or erased', async () => {
    const disk = createSimulatedDisk(createPrng(9))
    const letters = await openDeadLetters(disk.mount(), 'dead')
    letters.append(['a', 'b'].map((key) => letterOf(key, 'kept')))
    letters.append(['c', 'd', 'e', 'f'].map((key) => letterOf(key, 'given up')))
    letters.dropImport('given up')
    // The file is written anew, and says nothing of what was given up but its numbers.
    expect(await letters.erase(({ key }) => key === 'a')).toBe(1)
    letters.append([letterOf('g', 'given up')])
    await letters.sync()
    expect(numbersIn(letters)).toEqual(['2b', '7g'])
    disk.crash()
    const again = await openDeadLetters(disk.mount(), 'dead')
    again.append([letterOf('h', 'kept')])
    expect(numbersIn(again)).toEqual(['2b', '7g', '8h'])
    expect(examineDeadLetters(disk.mount(), 'dead')).toMatchObject({ damaged: [], lost: [] })
    again.append([letterOf('i', 'given up')])
    again.dropImport('given up')
    expect(await again.erase(({ key }) => key === 'h')).toBe(1)
    disk.crash()
    const last = await openDeadLetters(disk.mount(), 'dead')
    last.append([letterOf('j', 'kept')])
    expect(numbersIn(last)).toEqual(['2b', '10j'])
  })

  it('of format 1 are gone on with as they are, and no program of that format reads them once they are written anew', async () => {
    const disk = createSimulatedDisk(createPrng(11))
    const folder = disk.mount()
    folder.makeFolder('dead')
    const file = folder.open('dead/letters', 'create')
    const parts = [headerOf(1), frame({ erased: [1, 2] }), frame({ letter: { ...letterOf('c', 'kept'), number: 3 } })]
    file.write(Buffer.concat(parts), 0)
    const letters = await openDeadLetters(folder, 'dead')
    letters.append([letterOf('d', 'kept')])
    expect(numbersIn(letters)).toEqual(['3c', '4d'])
    const headerNow = () => readFile(folder, 'dead/letters').subarray(0, 16)
    expect(headerNow()).toEqual(new Uint8Array(headerOf(1)))
    expect(await letters.erase(({ key }) => key === 'c')).toBe(1)
    expect(headerNow()).toEqual(new Uint8Array(headerOf(2)))
    const again = await openDeadLetters(folder, 'dead')
    again.append([letterOf('e', 'kept')])
    expect(numbersIn(again)).toEqual(['4d', '5e'])
  })

  it('whose number is no whole one are damage, and no number follows from them', async () => {
    const disk = createSimulatedDisk(createPrng(12)).mount()
    const letters = await openDeadLetters(disk, 'dead')
    letters.append([letterOf('a', 'kept')])
    const file = disk.open('dead/letters', 'write')
    const odd = [frame({ letter: { ...letterOf('b', 'kept'), number: Number.NaN } }), frame({ erased: [Number.NaN, [5, 2.5]] })]
    file.write(Buffer.concat(odd), file.size())
    const again = await openDeadLetters(disk, 'dead')
    expect(again.damaged).toHaveLength(1)
    again.append([letterOf('c', 'kept')])
    expect(numbersIn(again)).toEqual(['1a', '2c'])
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
    const last = disk.mount().open('dead/letters', 'read').size() - 20
    const before = new Uint8Array(1)
    disk.mount().open('dead/letters', 'read').read(before, last)
    disk.damage('dead/letters', last, Uint8Array.of(before[0]! ^ 1))
    expect(examineDeadLetters(disk.mount(), 'dead')?.damaged).toHaveLength(2)
    expect((await openDeadLetters(disk.mount(), 'dead')).list().map(({ number }) => number)).toEqual([2, 3])
    disk.damage('dead/letters', last, before)
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
    disk.damage('dead/letters', 0, headerOf(3))
    await expect(openDeadLetters(disk.mount(), 'dead')).rejects.toMatchObject({ code: 'FORMAT_TOO_NEW' })
  })
})
