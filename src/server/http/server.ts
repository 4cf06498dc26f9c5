/** The HTTP interface of one platform. Loopback only; what it offers is described at `/openapi.json` (OpenAPI 3.1). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import swagger from '@fastify/swagger'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { MillraceError } from '../../base/error.ts'
import type { Platform } from '../platform.ts'
import { registerEvents } from './events.ts'
import { registerJobs } from './jobs.ts'
import { registerOperations } from './operations.ts'
import { noBody, problemSchema, reportedProblem } from './problem.ts'
import { answerExpectation, authorityOf, createAllowedMethods, pathOf, refuseConnection, refuseTunnel, unroutable } from './unroutable.ts'
import { registerWindows } from './windows.ts'

export interface HttpServer {
  readonly url: string
  close(): Promise<void>
}

/** An id of 1,024 bytes may take three characters a byte in an address: a percent sign and two digits. */
const maxParamCharacters = 4096

/** A request's body, at most. */
const bodyLimitBytes = 16 * 1024 * 1024

/** Listens on 127.0.0.1; port 0 takes a free one. Throws PORT_IN_USE. */
export const serveHttp = async (platform: Platform, port: number): Promise<HttpServer> => {
  const app = fastify({
    bodyLimit: bodyLimitBytes,
    routerOptions: { maxParamLength: maxParamCharacters },
    forceCloseConnections: true,
    // Judged here, so that its refusal is a problem document too.
    http: { requireHostHeader: false },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, _request, reply) => sendProblem(reply, error),
  })
  // Node would answer what is expected before it is known who asks.
  const judge = (...asked: [IncomingMessage, ServerResponse]) => app.server.emit('request', ...asked)
  app.server.on('connect', refuseTunnel).on('checkExpectation', judge).on('checkContinue', judge)
  await describe(app, platform)
  registerParts(app, platform)
  await app.ready()
  try {
    const url = await app.listen({ host: '127.0.0.1', port })
    return { url, close: () => app.close() }
  } catch (cause) {
    const message = listenFailures[(cause as NodeJS.ErrnoException).code ?? '']
    if (message === undefined) throw cause
    throw new MillraceError('PORT_IN_USE', message, {
      value: port,
      hint: 'choose another with --port, or 0 for any',
      cause,
    })
  }
}

const listenFailures: { readonly [code: string]: string } = {
  EADDRINUSE: 'another process listens there',
  EACCES: 'the system keeps this port for others',
}

const describe = async (app: FastifyInstance, { project }: Platform): Promise<void> => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Millrace',
        version: project.hash,
        description: 'Jobs, window features, events and trees of one project.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: ['jobs', 'windows', 'events', 'process'].map((name) => ({ name })),
    },
    refResolver: { buildLocalReference: (schema, _base, _fragment, i) => (schema['$id'] as string | undefined) ?? `def-${i}` },
  })
  app.addSchema(problemSchema)
}

const registerParts = (app: FastifyInstance, platform: Platform): void => {
  app.removeContentTypeParser('text/plain')
  const allowedAt = createAllowedMethods(app)
  // Before a body is read: what comes to no route is not asked for its content either.
  app.addHook('onRequest', async ({ headers, is404, method, raw }, reply) => {
    checkCaller(checkHost(raw), headers.origin)
    if (is404) refuseUnroutable(method, allowedAt(pathOf(raw.url!)), reply)
    checkEncoding(headers)
    answerExpectation(raw, reply.raw)
  })
  app.addHook('preValidation', async ({ method, body }) => {
    if (method === 'POST' && body === undefined) throw noBody()
  })
  // Bodies are judged by Millrace, which names field, value and remedy; schemas only describe.
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, error))
  registerProcess(app, platform)
  registerJobs(app, platform)
  registerWindows(app, platform)
  registerEvents(app, platform)
  registerOperations(app, platform)
}

/**
 * The one host that is asked (RFC 9112, 3.2): of several, Node would show the first, and who forwarded the request may have judged
 * another. What an address in absolute form names goes before it (3.2.2). Throws REQUEST_INVALID.
 */
const checkHost = ({ headersDistinct, httpVersion, url = '' }: IncomingMessage): string | undefined => {
  const hosts = headersDistinct['host'] ?? []
  if (hosts.length === 1 || (hosts.length === 0 && httpVersion !== '1.1')) return authorityOf(url) ?? hosts[0]
  const message = hosts.length === 0 ? 'the request does not say which host it asks' : 'the request names several hosts'
  throw new MillraceError('REQUEST_INVALID', message, { at: 'Host' })
}

/** Throws ROUTE_NOT_FOUND, METHOD_NOT_ALLOWED. */
const refuseUnroutable = (method: string, allowed: readonly string[], reply: FastifyReply): never => {
  if (allowed.length > 0) void reply.header('allow', allowed.join(', '))
  throw unroutable(method, allowed)
}

const sendProblem = (reply: FastifyReply, error: unknown): void => {
  const problem = reportedProblem(error)
  void reply.status(problem.status).type('application/problem+json').send(problem)
}

/**
 * A page of any site that is open in a browser on this machine can send requests here; none of them is meant. A name that was made
 * to point to loopback shows in Host, another site's page in Origin. Throws ORIGIN_REFUSED.
 */
const checkCaller = (host: string | undefined, origin: string | undefined): void => {
  const named = [host === undefined ? undefined : `http://${host}`, origin].filter((name) => name !== undefined)
  const foreign = named.find((name) => !loopbackNames.has(URL.parse(name)?.hostname ?? ''))
  if (foreign === undefined) return
  throw new MillraceError('ORIGIN_REFUSED', 'only callers on this machine are answered', {
    value: foreign,
    expected: [...loopbackNames].join(' or '),
  })
}

/** Throws CONTENT_TYPE_UNKNOWN: neither compressed bodies nor other character sets are read. */
const checkEncoding = (headers: { readonly [name: string]: unknown }): void => {
  const encoding = headers['content-encoding'] ?? 'identity'
  const charset = /;\s*charset="?([^";\s]+)/i.exec(String(headers['content-type'] ?? ''))?.[1] ?? 'utf-8'
  if (encoding === 'identity' && /^utf-?8$/i.test(charset)) return
  throw new MillraceError('CONTENT_TYPE_UNKNOWN', 'the body is encoded in a way that is not read', {
    value: encoding === 'identity' ? charset : encoding,
    expected: 'UTF-8, uncompressed',
  })
}

const loopbackNames = new Set(['127.0.0.1', 'localhost', '[::1]'])

const registerProcess = (app: FastifyInstance, { project, center }: Platform): void => {
  app.get(
    '/health',
    {
      schema: {
        tags: ['process'],
        summary: 'Whether it serves, and which process it is',
        operationId: 'health',
        response: { 200: anyObject },
      },
    },
    () => ({ status: 'serving', pid: process.pid }),
  )
  app.get('/', { schema: { tags: ['process'], summary: 'What is served', operationId: 'index', response: { 200: anyObject } } }, () => ({
    project: project.hash,
    safe: center.safe(),
    jobs: Object.keys(project.plan.jobs),
    windows: Object.keys(project.plan.windows),
    events: Object.keys(project.plan.events),
    openapi: '/openapi.json',
  }))
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
}

const anyObject = { type: 'object', additionalProperties: true, description: 'An object' }
