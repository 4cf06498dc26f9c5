/** The HTTP interface over a real platform: what it says of itself, what it answers, how it refuses. */
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { validate } from '@readme/openapi-parser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPlatform } from '../src/server/compose.ts'
import { type HttpServer, serveHttp } from '../src/server/http/server.ts'
import type { Platform } from '../src/server/platform.ts'

let folder: string
let platform: Platform
let server: HttpServer

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-http-'))
  platform = await openPlatform({ project: resolve(import.meta.dirname, '../examples/flights'), data: folder })
  server = await serveHttp(platform, 0)
})
afterAll(async () => {
  await server.close()
  await platform.close()
  rmSync(folder, { recursive: true })
})

const ask = async (path: string, body?: unknown, type = 'application/json') => {
  const answer = await fetch(
    server.url + path,
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': type }, body: typeof body === 'string' ? body : JSON.stringify(body) },
  )
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    request: answer.headers.get('millrace-request'),
    json: (await answer.json()) as never,
  }
}

/** All that the server sends back for these bytes, until it ends the connection. */
const exchanged = async (bytes: string): Promise<string> => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.end(bytes)
  let text = ''
  for await (const part of socket) text += part
  return text
}

const departure = (at: string, origin = 'JFK', destination = 'LAX') => ({ origin, destination, at, distance: 2475 })
const landing = (landedAt: string, delay: number) => ({ origin: 'JFK', destination: 'LAX', landedAt, distance: 2475, delay, flow: 'open' })

describe('http', () => {
  it('describes itself in OpenAPI 3.1 that a validator accepts', async () => {
    const { json } = await ask('/openapi.json')
    expect((json as { openapi: string }).openapi).toBe('3.1.0')
    expect(await validate(structuredClone(json))).toMatchObject({ valid: true })
    expect(Object.keys((json as { paths: object }).paths)).toEqual(
      expect.arrayContaining([
        '/jobs/delay-risk/call',
        '/windows/on-route/query',
        '/events',
        '/events/landing',
        '/events/landing/query',
        '/health',
      ]),
    )
  })

  it('records events: one, an array, lines; each with what became of it', async () => {
    expect((await ask('/events/landing', landing('2001-01-01T10:00:00Z', 12))).json).toMatchObject({
      stored: 1,
      duplicates: 0,
      refused: [],
    })
    expect(
      (await ask('/events', [{ landing: landing('2001-01-01T11:00:00Z', 30) }, { landing: { ...landing('x', 30) } }, { londing: {} }]))
        .json,
    ).toMatchObject({
      stored: 1,
      refused: [
        { position: 1, code: 'TIME_INVALID', message: expect.stringContaining('landedAt') },
        { position: 2, code: 'EVENT_UNKNOWN', message: expect.stringContaining("did you mean 'landing'") },
      ],
    })
    const lines = ['2001-01-01T11:30:00Z', '2001-01-01T11:40:00Z'].map((at) => JSON.stringify({ departure: departure(at) })).join('\n')
    expect((await ask('/events', lines, 'application/x-ndjson')).json).toMatchObject({ stored: 2, refused: [] })
    expect(platform.deadLetters.counts()).toEqual({ TIME_INVALID: 1, EVENT_UNKNOWN: 1 })
  })

  it('names a record that contradicts what is recorded in the answer, and keeps it nowhere', async () => {
    const before = platform.deadLetters.counts()
    const correction = { type: 'landing', correction: true, data: landing('2001-01-01T10:00:00Z', 13) }
    expect((await ask('/events', [correction, correction])).json).toMatchObject({
      stored: 0,
      refused: [
        { position: 0, code: 'CORRECTION_TARGET_UNKNOWN' },
        { position: 1, code: 'CORRECTION_TARGET_UNKNOWN' },
      ],
    })
    expect(platform.deadLetters.counts()).toEqual(before)
  })

  it('answers 422 where not one record was taken', async () => {
    expect(await ask('/events/landing', [{ ...landing('x', 30) }])).toMatchObject({
      status: 422,
      json: { stored: 0, refused: [{ position: 0, code: 'TIME_INVALID' }] },
    })
  })

  it('answers window queries by POST and in an address', async () => {
    const query = { key: { destination: 'LAX' }, at: '2001-01-01T12:00:00Z', features: ['landings', 'delay'] }
    const { status, json } = await ask('/windows/to-destination/query', query)
    expect([status, json]).toEqual([
      200,
      { landings: { '1h': 1, '3h': 2, '24h': 2, '30d': 2 }, delay: { '1h': 30, '3h': 21, '24h': 21, '30d': 21 } },
    ])
    expect((await ask('/windows/to-destination?destination=LAX&at=2001-01-01T12:00:00Z&features=landings,delay')).json).toEqual(json)
    expect((await ask('/windows/to-destination/query', { ...query, known: 0 })).json).toMatchObject({
      landings: { '3h': 0 },
      delay: { '3h': null },
    })
  })

  it('answers event queries and single events', async () => {
    const { json } = await ask('/events/landing/query', { key: { destination: 'LAX' }, last: 1 })
    expect(json).toMatchObject([{ type: 'landing', subject: 'LAX', data: { delay: 30 } }])
    const [{ id }] = json as unknown as [{ id: string }]
    expect((await ask(`/events/landing/${encodeURIComponent(id)}`)).json).toEqual((json as unknown as object[])[0])
  })

  it('calls a job: the request is an event, computed as of its own time, and found again by its id', async () => {
    const called = await ask('/jobs/delay-risk/call', { input: departure('2001-01-01T12:00:00Z') })
    expect(called).toMatchObject({ status: 200, json: { risk: 'raised', expectedDelay: expect.any(Number), because: expect.any(Array) } })
    expect(await platform.center.versions('delay-risk.request', called.request!)).toHaveLength(1)
    expect(
      (await ask('/windows/traffic/query', { key: { origin: 'JFK' }, at: '2001-01-01T13:00:00Z', features: ['departures'] })).json,
    ).toMatchObject({ departures: { '3h': 2 } })
  })

  it('evaluates a recorded event and shows its tree', async () => {
    const [event] = await platform.center.events({
      types: ['departure'],
      key: { origin: 'JFK' },
      from: -Infinity,
      to: Infinity,
      read: { as: 'corrected' },
    })
    const evaluated = await ask('/jobs/delay-risk/evaluate', { event: event!.id, read: 'corrected' })
    expect(evaluated.json).toMatchObject({
      root: { type: 'departure' },
      tree: { leaving: { departures: { '1h': 1 } } },
      result: { risk: expect.any(String) },
    })
    expect((await ask('/jobs/delay-risk/tree', { event: event!.id })).json).toEqual((evaluated.json as { tree: object }).tree)
  })

  it.each([
    [
      '/jobs/delay-risk/call',
      { input: { ...departure('2001-01-01T12:00:00Z'), distance: 'far' } },
      400,
      'INPUT_INVALID',
      /input\.distance.*"far".*whole number/,
    ],
    ['/jobs/delay-risk/call', {}, 400, 'INPUT_INVALID', /RECORD_INVALID/],
    [
      '/jobs/delay-risk/call',
      { input: { ...departure('2001-01-01T12:00:00Z'), millrace_job: 'x' } },
      400,
      'INPUT_INVALID',
      /input\.millrace_job.*FIELD_UNKNOWN|FIELD_UNKNOWN.*millrace_job/s,
    ],
    ['/jobs/delay-risk/evaluate', { event: 'nothing' }, 404, 'ROOT_NOT_FOUND', /nothing/],
    ['/windows/to-destination/query', { key: { destinatoin: 'LAX' } }, 400, 'KEY_INVALID', /did you mean 'destination'/],
    [
      '/windows/to-destination/query',
      { key: { destination: 'LAX' }, features: ['delays'] },
      404,
      'FEATURE_UNKNOWN',
      /did you mean 'delay'/,
    ],
    ['/windows/to-destination/query', { key: { destination: 'LAX' }, features: 'delay' }, 400, 'REQUEST_INVALID', /features/],
    ['/jobs/delay-risk/evaluate', {}, 400, 'REQUEST_INVALID', /event/],
    ['/windows/to-destination/query', { key: { destination: 'LAX' }, at: 'noon' }, 400, 'TIME_INVALID', /noon/],
    ['/windows/to-destination/query', { key: { destination: 'LAX' }, recorded: 1, known: 2 }, 400, 'READ_INVALID', /one of/],
    ['/events/landing/query', { key: { nowhere: 1 } }, 400, 'KEY_INVALID', /nowhere/],
    ['/events/landing/query', { key: {} }, 400, 'KEY_INVALID', /at least one of/],
    ['/windows/to-destination/query', { key: { destination: 'LAX' }, att: 0 }, 400, 'REQUEST_INVALID', /att: .*did you mean 'at'/],
    ['/events/landing/query', { key: { origin: 'JFK' }, lst: 2 }, 400, 'REQUEST_INVALID', /lst: .*did you mean 'last'/],
    ['/events/landing/query', { key: { origin: 'JFK' }, last: 0 }, 400, 'REQUEST_INVALID', /last: .*1 or more/],
    ['/jobs/delay-risk/evaluate', { event: 'x', known: 0 }, 400, 'REQUEST_INVALID', /known: .*known: event, type, read/],
    ['/jobs/delay-risk/evaluate', { event: 'x', read: 'konwn' }, 400, 'READ_INVALID', /read: .*own, corrected, recorded/],
    ['/jobs/delay-risk/evaluate', { event: 'x', read: 7 }, 400, 'READ_INVALID', /read: .*found 7/],
    ['/jobs/delay-risk/tree', { event: 'x', read: 'known' }, 400, 'REQUEST_INVALID', /read: .*known: event, type, at, as, recorded/],
    ['/jobs/delay-risk/call', { inputs: {} }, 400, 'REQUEST_INVALID', /inputs: .*did you mean 'input'/],
    ['/jobs/delay-risk/call', { input: [] }, 400, 'INPUT_INVALID', /^input: .*RECORD_INVALID.*an object/],
    [
      '/jobs/delay-risk/call',
      { input: { ...departure('2001-01-01T12:00:00Z'), dist: 3 } },
      400,
      'INPUT_INVALID',
      /input\.dist: .*known: origin, destination, at, distance$/,
    ],
    ['/events', ' \n', 400, 'REQUEST_INVALID', /no records/],
    ['/nowhere', {}, 404, 'ROUTE_NOT_FOUND', /openapi/],
    ['/operations/nothing', {}, 404, 'OPERATION_UNKNOWN', /known/],
    ['/operations/call', {}, 400, 'REQUEST_INVALID', /job.*expected text/s],
    ['/operations/batch', [], 400, 'REQUEST_INVALID', /JSON object/],
    ['/operations/batch', { job: 'delay-risk', out: 'x.csv', from: '2001-01-02', to: '2001-01-01' }, 400, 'RANGE_INVALID', /ends before/],
    ['/operations/batch', { job: 'delay-risk', out: 'x.csv', threads: 1e6 }, 400, 'REQUEST_INVALID', /from 1 to 64/],
    ['/jobs/%ff/call', {}, 400, 'REQUEST_INVALID', /%ff/],
  ])('refuses %s %o with a problem document', async (path, body, status, code, detail) => {
    const answer = await ask(path, body)
    expect([answer.status, answer.type]).toEqual([status, expect.stringContaining('application/problem+json')])
    expect(answer.json).toMatchObject({ code, status, type: `urn:millrace:problem:${code}`, detail: expect.stringMatching(detail) })
  })

  it('answers every POST without a body by what it lacks', async () => {
    const { json } = await ask('/openapi.json')
    const { paths } = json as { paths: { readonly [path: string]: { readonly post?: object } } }
    const posts = Object.keys(paths).filter((path) => paths[path]!.post !== undefined)
    expect(posts).toEqual(expect.arrayContaining(['/events', '/events/landing', '/events/landing/query', '/jobs/delay-risk/call']))
    const before = platform.deadLetters.counts()
    for (const path of [...posts, '/operations/call']) {
      for (const headers of [{}, { 'content-type': 'application/json' }]) {
        const answer = await fetch(server.url + path, { method: 'POST', headers })
        expect([path, answer.status, await answer.json()]).toEqual([
          path,
          400,
          expect.objectContaining({ code: 'REQUEST_INVALID', detail: expect.stringMatching(/no body|body cannot be empty/i) }),
        ])
      }
    }
    expect(platform.deadLetters.counts()).toEqual(before)
  })

  it.each([
    ['an array', 'application/json', (records: readonly string[]) => `[${records.join(',')}]`],
    ['lines', 'application/x-ndjson', (records: readonly string[]) => records.join('\n')],
  ])('refuses %s of more records than a request may have, or of more that do not fit, whole', async (_, type, bodyOf) => {
    const before = [platform.deadLetters.counts(), platform.center.safe()]
    const good = Array.from({ length: 3000 }, () => JSON.stringify({ landing: landing('2001-03-01T10:00:00Z', 12) }))
    for (const path of ['/events', '/events/landing']) {
      expect(await ask(path, bodyOf(Array<string>(1_000_000).fill('1')), type)).toMatchObject({
        status: 413,
        type: expect.stringContaining('application/problem+json'),
        json: { code: 'TOO_MANY_RECORDS', detail: expect.stringMatching(/has 1000000 records.*at most 200000.*in parts/) },
      })
      expect(await ask(path, bodyOf([...good, ...Array<string>(1001).fill('{}')]), type)).toMatchObject({
        status: 422,
        type: expect.stringContaining('application/problem+json'),
        json: {
          code: 'TOO_MANY_REFUSED',
          detail: expect.stringMatching(/more than 1000 of the first \d+ records of 4001 do not fit \(record (0|3000): /),
        },
      })
    }
    expect([platform.deadLetters.counts(), platform.center.safe()]).toEqual(before)
  })

  it('answers others while it takes a large body', async () => {
    const record = (i: number) => JSON.stringify({ landing: landing(new Date(1_000_000_000_000 + i * 1000).toISOString(), i % 90) })
    const answered: string[] = []
    let stored = 0
    const sent = ask('/events', Array.from({ length: 20_000 }, (_, i) => record(i)).join('\n'), 'application/x-ndjson').then(({ json }) => {
      stored = (json as { stored: number }).stored
      answered.push('events')
    })
    // Whatever is seen to be recorded, the request that brings it is under way.
    const key = { destination: 'LAX' }
    for (let seen = false; !seen; ) {
      const { json } = await ask('/events/landing/query', { key, from: 1_000_000_000_000, last: 1 })
      seen = (json as object[]).length > 0
    }
    await ask('/health').then(() => answered.push('health'))
    await sent
    expect(answered).toEqual(['health', 'events'])
    expect(stored).toBe(20_000)
  })

  it.each([
    ['PUT', '/events', 'POST'],
    ['OPTIONS', '/jobs/delay-risk/call', 'POST'],
    ['DELETE', '/events/landing/x%2Fy', 'GET, HEAD'],
    ['HEAD', '/events', 'POST'],
    ['PROPFIND', '/health', 'GET, HEAD'],
    ['PATCH', '/windows/to-destination?destination=LAX', 'GET, HEAD'],
  ])('refuses %s %s, which takes %s', async (method, path, allow) => {
    const answer = await fetch(server.url + path, {
      method,
      headers: { 'content-type': 'text/xml' },
      ...(method === 'PUT' && { body: '<a/>' }),
    })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow])
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    const body = await answer.text()
    if (method === 'HEAD') expect(body).toBe('')
    else expect(JSON.parse(body)).toMatchObject({ code: 'METHOD_NOT_ALLOWED', status: 405, detail: expect.stringContaining(method) })
  })

  it('answers HEAD as GET, without a body', async () => {
    const [head, get] = await Promise.all(['HEAD', 'GET'].map((method) => fetch(`${server.url}/openapi.json`, { method })))
    expect([head!.status, head!.headers.get('content-length')]).toEqual([200, get!.headers.get('content-length')])
    expect(await head!.text()).toBe('')
    expect((await fetch(`${server.url}/nowhere`, { method: 'HEAD' })).status).toBe(404)
  })

  const asking = 'POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\nExpect:'

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'REQUEST_INVALID'],
    ['a header that is none', 'GET /health HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n', 400, 'REQUEST_INVALID'],
    ['no host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'REQUEST_INVALID'],
    ['two hosts', 'GET /health HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere\r\nConnection: close\r\n\r\n', 400, 'REQUEST_INVALID'],
    ['a tunnel', 'CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n', 405, 'METHOD_NOT_ALLOWED'],
    ['an expectation', 'POST /events HTTP/1.1\r\nHost: localhost\r\nExpect: 100-foo\r\n\r\n', 417, 'EXPECTATION_UNKNOWN'],
    ['one expectation of two', `${asking} 100-continue, foo\r\n\r\n`, 417, 'EXPECTATION_UNKNOWN'],
    ['an expectation of a foreign host', `${asking.replace('localhost', 'evil')} 100-foo\r\n\r\n`, 403, 'ORIGIN_REFUSED'],
    ['a foreign host before it asks for a body', `${asking.replace('localhost', 'evil')} 100-continue\r\n\r\n`, 403, 'ORIGIN_REFUSED'],
    ['a foreign address', 'GET http://evil/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 403, 'ORIGIN_REFUSED'],
    ['a foreign user', 'GET http://localhost@evil/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 403, 'ORIGIN_REFUSED'],
    [
      'a method in absolute form',
      'GET http://localhost/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      405,
      'METHOD_NOT_ALLOWED',
    ],
    ['headers beyond 16 KB', `GET /health HTTP/1.1\r\nHost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    ['a length that lies', 'POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n', 400, 'REQUEST_INVALID'],
  ])('refuses %s with a problem document', async (_, bytes, status, code) => {
    const [head, body] = (await exchanged(bytes)).split('\r\n\r\n') as [string, string]
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(head.toLowerCase()).toContain('content-type: application/problem+json')
    expect(JSON.parse(body)).toMatchObject({ status, code })
    expect((await ask('/health')).status).toBe(200)
  })

  it.each([
    [
      'an address in absolute form, whatever Host says',
      'GET http://localhost:1/health HTTP/1.1\r\nHost: elsewhere\r\nConnection: close\r\n\r\n',
    ],
    ['an expectation of HTTP/1.0, which knows none', 'GET /health HTTP/1.0\r\nExpect: 100-foo\r\n\r\n'],
  ])('answers %s', async (_, bytes) => {
    expect(await exchanged(bytes)).toMatch(/^HTTP\/1.1 200 .*"status":"serving"/s)
  })

  it('asks for the body that a request waits to send', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.write('POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n')
    socket.write('Connection: close\r\nExpect: 100-Continue\r\n\r\n')
    let text = ''
    for await (const part of socket) {
      text += part
      if (text === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write('[]')
    }
    expect(text).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n/)
  })

  it.each([{ origin: 'http://evil.example' }, { origin: 'null' }])('refuses a page of another site: %o', async (headers) => {
    const answer = await fetch(`${server.url}/events/landing`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'text/plain' },
      body: '{}',
    })
    expect([answer.status, await answer.json()]).toEqual([403, expect.objectContaining({ code: 'ORIGIN_REFUSED' })])
    expect((await fetch(`${server.url}/health`, { headers: { origin: 'http://localhost:5173' } })).status).toBe(200)
  })

  it.each(['{', '[1,', '"', 'null', '3', '\u0000'])('refuses the body %s without harm', async (body) => {
    for (const path of ['/jobs/delay-risk/call', '/windows/to-destination/query', '/events', '/events/landing']) {
      const answer = await ask(path, body)
      expect(answer.status).toBeLessThan(500)
    }
    expect((await ask('/health')).json).toMatchObject({ status: 'serving' })
  })
})
