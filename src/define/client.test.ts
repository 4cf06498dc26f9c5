import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type * as cards from '../../examples/cards/cards.ts'
import { client } from '../index.ts'

interface Asked {
  readonly url: string | undefined
  readonly token: string | undefined
  readonly body: unknown
}
const asked: Asked[] = []
let answer = { status: 200, text: '{}' }

const server = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8').on('data', (part: string) => (text += part))
  request.on('end', () => {
    asked.push({ url: request.url, token: request.headers.authorization, body: JSON.parse(text) })
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text)
  })
})

let url = ''
beforeAll(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(() => {
  server.close()
})

const api = (token?: string) => client<typeof cards>({ url, ...(token !== undefined && { token }) })
const payment = {
  paymentId: 'p',
  user: 'u',
  card: 'c',
  merchant: 'm',
  at: new Date(5),
  amount: 1,
  category: 'food',
  country: 'GB',
} as const

it('asks by the paths and bodies that the server documents', async () => {
  answer = { status: 200, text: '{"decision":"allow"}' }
  asked.length = 0
  const it = api('secret')
  expect(await it.call('card-fraud', payment)).toEqual({ decision: 'allow' })
  await it.query('user-spend', { key: { user: 7n }, features: ['spend'], recorded: 9 })
  await it.tree('card-fraud', 'p', { known: '2026-01-01T00:00:00Z' })
  await it.events('payment', { key: { user: 'u' }, last: 3, as: 'corrected' })
  await it.send('payment', [payment])
  const sent = { ...payment, at: '1970-01-01T00:00:00.005Z' }
  const token = 'Bearer secret'
  expect(asked).toEqual([
    { url: '/jobs/card-fraud/call', token, body: { input: sent } },
    { url: '/windows/user-spend/query', token, body: { key: { user: '7' }, features: ['spend'], recorded: 9 } },
    { url: '/jobs/card-fraud/tree', token, body: { event: 'p', known: '2026-01-01T00:00:00Z' } },
    { url: '/events/payment/query', token, body: { key: { user: 'u' }, last: 3, as: 'corrected' } },
    { url: '/events/payment', token, body: [sent] },
  ])
})

it.each([
  [404, '{"code":"ROOT_NOT_FOUND","title":"no such event","detail":"there is no event p"}', 'ROOT_NOT_FOUND', 'there is no event p', false],
  [503, '{"code":"DISK_FULL","title":"no space left"}', 'DISK_FULL', 'no space left', true],
  [409, '{"code":"BUSY","title":"in use","retryable":true}', 'BUSY', 'in use', true],
  [502, '<html>', 'SERVER_FAILED', 'the server answered 502', true],
  [200, 'no json', 'ANSWER_INVALID', 'the answer is not JSON', false],
])('%d %s is an error with its code', async (status, text, code, message, retryable) => {
  answer = { status, text }
  await expect(api().call('card-fraud', payment)).rejects.toMatchObject({ code, retryable, message: expect.stringContaining(message) })
})

it('gives what became of records of which not one was taken', async () => {
  const refused = [{ position: 0, code: 'TIME_INVALID', message: 'at: not a time' }]
  answer = { status: 422, text: JSON.stringify({ stored: 0, duplicates: 0, refused, recordedAt: 1 }) }
  expect(await api().send('payment', [payment])).toMatchObject({ stored: 0, refused })
})

it('says that nobody answers', async () => {
  const silent = client<typeof cards>({ url: 'http://127.0.0.1:9' })
  await expect(silent.call('card-fraud', payment)).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE', retryable: true })
})
