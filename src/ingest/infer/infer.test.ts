import { describe, expect, it } from 'vitest'
import * as millrace from '../../index.ts'
import type { EventPlan } from '../../model/plan.ts'
import { createMapper } from '../map/mapper.ts'
import { newEventAt } from '../map/rows.ts'
import type { RowReader } from '../readers/batch.ts'
import { openCsv } from '../readers/csv/reader.ts'
import { openJsonLines } from '../readers/json/reader.ts'
import { openParquet } from '../readers/parquet/reader.ts'
import { memoryFile } from '../readers/source.testing.ts'
import { openSourceFile } from '../readers/source-file.ts'
import { proposeDefinitions } from './definitions.ts'
import { proposeMapping } from './mapping.ts'
import { profileFile } from './profile.ts'

const open = (name: string, content: string): RowReader => {
  const file = memoryFile(name, Buffer.from(content))
  return name.endsWith('.csv') ? openCsv(file) : openJsonLines(file)
}

/** Runs a proposed module (it has no types) and reads the file through it. */
const readThrough = async (reader: RowReader, typescript: string) => {
  const code = typescript.replace(/^import \{(.*)\} from 'millrace'/, 'const {$1} = millrace').replaceAll('export const', 'const')
  const [entity, event, file] = [...typescript.matchAll(/export const (\w+)/g)].map(([, name]) => name)
  const made = new Function('millrace', `${code}\nreturn { ${entity}, event: ${event}, file: ${file} }`)(millrace)
  const mapper = createMapper({ mapping: made.file, events: { [made.event.name]: made.event.plan as EventPlan } })
  const rows: unknown[] = []
  for await (const batch of reader.batches({ columns: mapper.columns })) {
    const { tables, refused } = mapper.map(batch, Number.POSITIVE_INFINITY)
    expect(refused).toEqual([])
    for (let row = 0; row < tables[0]!.rows; row++) rows.push(newEventAt(tables[0]!, made.event.plan, row))
  }
  return rows
}

describe('definitions proposed for a file', () => {
  it('take it in as it is: CSV', async () => {
    const content =
      'Order No,customer_id,created_at,total,paid,note,class\n1,c1,1700000000,10.5,true,,x\n2,c2,1700000001,3,false,"it\'s",y\n3,c1,1700000002,4,true,z,z\n'
    const reader = open('Big orders 2024.csv', content)
    const { typescript, notes } = proposeDefinitions('Big orders 2024.csv', await profileFile(reader))
    expect(typescript).toMatchInlineSnapshot(`
      "import { boolean, column, double, entity, event, int, into, mapping, optional, string, time } from 'millrace'

      export const customer = entity('customer')

      /** A row of Big orders 2024.csv. */
      export const bigOrders2024 = event('big-orders-2024', {
        subject: 'customer_id',
        time: 'created_at',
        data: {
          orderNo: int(),
          customer_id: customer,
          created_at: time(),
          total: double(),
          paid: boolean(),
          note: optional(string()),
          class: string(),
        },
      })

      /** Each event could be known when it happened: say so if it was later. */
      export const bigOrders2024File = mapping('big-orders-2024', {
        columns: {
          orderNo: column(int(), { name: 'Order No' }),
          customer_id: customer,
          created_at: column(time(), { unit: 's' }),
          total: double(),
          paid: boolean(),
          note: optional(string()),
          class: string(),
        },
        events: (row) => into(bigOrders2024, { fields: { ...row }, knownAt: 'time' }),
      })
      "
    `)
    expect(notes).toEqual(["'customer_id' was taken for the subject: whose events these are", "'created_at' was taken for the time, in s"])
    expect((await readThrough(reader, typescript))[1]).toEqual({
      type: 'big-orders-2024',
      id: 'big-orders-2024:1',
      subject: 'c2',
      time: 1700000001000,
      knownAt: 1700000001000,
      seq: 1,
      op: 'put',
      data: { orderNo: 2, customer_id: 'c2', created_at: 1700000001000, total: 3, paid: false, note: "it's", class: 'y' },
    })
  })
  it('take it in as it is: JSON Lines with lists, objects and long numbers', async () => {
    const rows = [
      { user: 'u1', at: '2024-01-01T00:00:00Z', n: 1, tags: ['a'], place: { city: 'Wien', floor: 2 }, mixed: 1 },
      { user: 'u2', at: '2024-01-02T00:00:00+01:00', n: null, tags: [], place: { city: 'Graz' }, mixed: [1] },
    ]
    const content = rows.map((row) => JSON.stringify(row).replace('"n":1', '"n":12345678901234567')).join('\n')
    const reader = open('visits.jsonl', content)
    const { typescript, notes } = proposeDefinitions('visits.jsonl', await profileFile(reader))
    expect(notes.at(-1)).toBe('left out, since no one type holds their values: mixed')
    expect(await readThrough(reader, typescript)).toMatchObject([
      { subject: 'u1', data: { n: 12345678901234567n, tags: ['a'], placeCity: 'Wien', placeFloor: 2 } },
      { subject: 'u2', time: Date.UTC(2024, 0, 1, 23), data: { n: null, tags: [], placeCity: 'Graz', placeFloor: null } },
    ])
  })
  it('take it in as it is: the flights', async () => {
    const reader = openParquet(openSourceFile('node_modules/vega-datasets/data/flights-3m.parquet'))
    const { typescript } = proposeDefinitions('flights-3m.parquet', await profileFile(reader))
    expect(typescript).toContain("subject: 'origin'")
    expect(typescript).toContain('date: time()')
    const first = reader.batches({ columns: ['date', 'delay', 'distance', 'origin', 'destination'], most: 10 })
    const batches = async function* () {
      for await (const batch of first) {
        yield batch
        return
      }
    }
    expect(await readThrough({ ...reader, batches }, typescript)).toHaveLength(10)
    reader.close()
  })
  it.each([
    ['a.csv', 'user,n\nu,1\n', 'TIME_NOT_INFERRED'],
    ['a.csv', 'at,x\n2024-01-01T00:00:00Z,1.5\n', 'SUBJECT_NOT_INFERRED'],
    ['a.csv', 'a,b\n1\n', 'FILE_EMPTY'],
  ])('are not made up: %s %j', async (name, content, code) => {
    const propose = async () => proposeDefinitions(name, await profileFile(open(name, content)))
    await expect(propose()).rejects.toMatchObject({ code })
  })
})

describe('a mapping proposed for declared events', () => {
  const payment: EventPlan = {
    kind: 'action',
    subject: 'user',
    time: 'paidAt',
    rows: 'changes',
    data: {
      user: { kind: 'entity', name: 'user' },
      paidAt: { kind: 'time' },
      amount: { kind: 'decimal', scale: 2 },
      shopName: { kind: 'optional', of: { kind: 'string' } },
    },
  }
  const login: EventPlan = { ...payment, time: 'at', data: { user: payment.data['user']!, at: { kind: 'time' } } }

  it('finds columns by name whatever their writing, and the one time column', async () => {
    const reader = open('p.csv', 'User,ts,AMOUNT,shop_name,other\nu1,1700000000000,1.10,s,1\n')
    const proposed = proposeMapping('p', await profileFile(reader), { login, payment })
    expect(proposed.text).toMatchInlineSnapshot(`
      "mapping 'p': each row becomes one 'payment'
        User      → user (text, the key of: user)
        AMOUNT    → amount (a decimal with 2 digits after the point)
        shop_name → shopName (text, or nothing)
        ts        → paidAt (whole milliseconds since 1970 UTC, or ISO 8601 text with a zone, in ms)
        not read: other
        would fit too: login
        ids: p:ROW
        only one event for each row is ever proposed: where rows are several events, or of several types, declare a mapping"
    `)
    const mapper = createMapper({ mapping: proposed, events: { login, payment }, knownAt: 'recorded' })
    for await (const batch of reader.batches({ columns: mapper.columns })) {
      const { tables } = mapper.map(batch, Number.POSITIVE_INFINITY)
      expect(newEventAt(tables[0]!, payment, 0)).toMatchObject({ time: 1700000000000, data: { user: 'u1', amount: 110n, shopName: 's' } })
    }
  })
  it('says what each event lacks where none fits', async () => {
    const profiles = await profileFile(open('p.csv', 'who,amount\nu1,1\n'))
    expect(() => proposeMapping('p', profiles, { payment })).toThrow(
      expect.objectContaining({
        code: 'MAPPING_NOT_INFERRED',
        details: expect.objectContaining({ expected: "'payment' (lacks user, paidAt)" }),
      }),
    )
  })
})
