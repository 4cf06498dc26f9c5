/** The typed client against a real server: what its types say is what comes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as millrace from '../src/index.ts'
import { openPlatform } from '../src/server/compose.ts'
import { type HttpServer, serveHttp } from '../src/server/http/server.ts'
import type { Platform } from '../src/server/platform.ts'

/** The same text is the project's file, and typed here. */
const define = ({ decimal, entity, event, int64, job, max, mostFrequent, sum, time, windows }: typeof millrace) => {
  const user = entity('user')
  const paid = event('paid', { subject: 'user', time: 'at', data: { user, at: time(), amount: decimal(2), serial: int64() } })
  const spend = windows('spend', {
    of: paid,
    by: 'user',
    over: ['1h'],
    features: (row) => ({ most: max(row.amount), total: sum(row.amount), usual: mostFrequent(row.amount, 1), serial: max(row.serial) }),
  })
  const echo = job('echo', {
    on: paid,
    fetch: { spend },
    returns: { amount: decimal(2), seen: int64() },
    main: ({ root }) => ({ amount: root.data.amount, seen: root.data.serial }),
  })
  return { paid, spend, echo }
}
type Definitions = ReturnType<typeof define>

const folder = mkdtempSync(join(tmpdir(), 'millrace-client-'))
let platform: Platform
let server: HttpServer

beforeAll(async () => {
  writeFileSync(
    join(folder, 'project.ts'),
    `import * as millrace from 'millrace'\nexport const { paid, spend, echo } = (${define.toString()})(millrace)\n`,
  )
  platform = await openPlatform({ project: folder, data: join(folder, 'data') })
  server = await serveHttp(platform, 0)
})
afterAll(async () => {
  await server.close()
  await platform.close()
  rmSync(folder, { recursive: true })
})

describe('the typed client', () => {
  it.each([
    ['12.50', 12.5],
    ['9999999999999.99', 9_999_999_999_999.99],
    ['12345678901234567.89', '12345678901234567.89'],
    ['-10000000000000.01', '-10000000000000.01'],
  ])('gives the decimal %s as %j, wherever it stands', async (amount, shown) => {
    const api = millrace.client<Definitions>({ url: server.url })
    const user = `of ${amount}`
    expect(await api.send('paid', { user, at: 1000, amount, serial: 9007199254740993n })).toMatchObject({ stored: 1 })
    const [event] = await api.events('paid', { key: { user } })
    const stored: number | string = event!.data.amount
    const serial: string = event!.data.serial
    const { spend } = await api.tree('echo', (event as unknown as { readonly id: string }).id, { at: 2000 })
    const asked = await api.query('spend', { key: { user }, at: 2000 })
    const most: number | string | null = asked.most['1h']
    expect([stored, most, spend.most['1h'], asked.usual['1h']]).toEqual([shown, shown, shown, [{ value: shown, count: 1 }]])
    expect([serial, asked.serial['1h'], asked.total['1h']]).toEqual(['9007199254740993', '9007199254740993', Number(amount)])
    const result = await api.call('echo', { user, at: 3000, amount, serial: 1n })
    const echoed: number | string = result.amount
    // Main sees the nearest number, and what it gives back is that one.
    expect(Number(echoed)).toBe(Number(amount))
  })
  it('fails where a request has more than may be sent at once, and nothing of it is there', async () => {
    const api = millrace.client<Definitions>({ url: server.url })
    const event = { user: 'many', at: 1000, amount: 1, serial: 1n }
    await expect(api.send('paid', Array(200_001).fill(event))).rejects.toMatchObject({
      code: 'TOO_MANY_RECORDS',
      message: expect.stringContaining('has 200001 records'),
    })
    await expect(api.send('paid', [event, ...Array(1001).fill({ ...event, amount: 'much' })])).rejects.toMatchObject({
      code: 'TOO_MANY_REFUSED',
      message: expect.stringMatching(/record 1: .*amount/),
    })
    expect(await api.events('paid', { key: { user: 'many' } })).toEqual([])
    expect(platform.deadLetters.counts()).toEqual({})
  })
})
