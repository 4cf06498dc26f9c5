/**
 * Requests that come to no route: an address that there is not, a method that it does not take, bytes that are no HTTP, a tunnel,
 * a promise of what the server is to do first.
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { type ErrorCode, MillraceError } from '../../base/error.ts'
import { reportedProblem } from './problem.ts'

/** The methods that a path takes, in alphabetical order; none where there is nothing. To be called before routes are registered. */
export const createAllowedMethods = (app: FastifyInstance): ((path: string) => readonly string[]) => {
  const routes: { readonly segments: readonly string[]; readonly methods: readonly string[] }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ segments: url.split('/'), methods: [method].flat() })
  })
  return (path) => {
    const segments = path.split('/')
    const found = routes.filter((route) => isAt(route.segments, segments)).flatMap(({ methods }) => methods)
    return [...new Set(found)].sort()
  }
}

const isAt = (route: readonly string[], path: readonly string[]): boolean =>
  route.length === path.length && route.every((part, i) => part === path[i] || (part.startsWith(':') && path[i] !== ''))

/** ROUTE_NOT_FOUND, or METHOD_NOT_ALLOWED where the path takes other methods. */
export const unroutable = (method: string, allowed: readonly string[]): MillraceError =>
  allowed.length === 0
    ? new MillraceError('ROUTE_NOT_FOUND', 'there is nothing at this address', { hint: '/openapi.json says what there is' })
    : new MillraceError('METHOD_NOT_ALLOWED', 'this address does not take the method', { value: method, expected: allowed.join(' or ') })

const parserCodes: { readonly [code: string]: readonly [ErrorCode, string] } = {
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', 'the headers are larger than the server takes'],
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMEOUT', 'the request did not come to its end in time'],
}

/** What the parser of HTTP refuses: no request was made of it. */
export const refuseConnection = (error: { readonly code?: string; readonly message: string }, socket: Duplex): void => {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [code, message] = parserCodes[error.code ?? ''] ?? ['REQUEST_INVALID', `this is no HTTP request: ${error.message}`]
  endWith(socket, new MillraceError(code, message))
}

/** A server's 'connect': Node gives the bare socket, and closes it without a word where nobody listens. */
export const refuseTunnel = ({ method }: IncomingMessage, socket: Duplex): void =>
  endWith(socket, new MillraceError('METHOD_NOT_ALLOWED', 'the server is no proxy', { value: method, expected: 'GET, HEAD or POST' }))

/** Asks for the body where the request waits for that; HTTP/1.0 knows no expectations (RFC 9110, 10.1.1). Throws EXPECTATION_UNKNOWN. */
export const answerExpectation = ({ headers, httpVersion }: IncomingMessage, response: ServerResponse): void => {
  const { expect } = headers
  if (expect === undefined || httpVersion !== '1.1') return
  if (expect.split(',').every((member) => member.trim().toLowerCase() === '100-continue')) {
    response.writeContinue()
    return
  }
  // The body that may follow is not read.
  response.setHeader('connection', 'close')
  throw new MillraceError('EXPECTATION_UNKNOWN', 'the request expects what the server does not do', {
    at: 'Expect',
    value: expect,
    expected: '100-continue, or no such header',
  })
}

const absoluteForm = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i

/** Host and port of an address in absolute form (RFC 9112, 3.2.2); undefined in any other. */
export const authorityOf = (url: string): string | undefined => absoluteForm.exec(url)?.[1]

/** Of an address in any form. */
export const pathOf = (url: string): string => url.replace(absoluteForm, '').split('?')[0]!

const problemType = 'application/problem+json; charset=utf-8'

/** Without a response of Node's the answer is written by hand, and the connection ends. */
const endWith = (socket: Duplex, error: MillraceError): void => {
  const problem = reportedProblem(error)
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  if (socket.writable) socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  else socket.destroy()
}
