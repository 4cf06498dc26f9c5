import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { MillraceError } from '../../base/error.ts'
import { didYouMean } from '../../base/suggest.ts'
import { type OperationName, operations, performOn } from '../operations/registry.ts'
import type { Platform } from '../platform.ts'
import type { AnswerLine } from '../remote.ts'
import { reportedProblem } from './problem.ts'

/** `POST /operations/NAME`: what the command line asks of the process that holds the folder; lines of JSON, progress first. */
export const registerOperations = (app: FastifyInstance, platform: Platform): void => {
  app.post('/operations/:name', { schema: { hide: true } }, async (request, reply) => {
    const { name } = request.params as { name: string }
    if (!Object.hasOwn(operations, name))
      throw new MillraceError('OPERATION_UNKNOWN', 'there is no such operation', {
        value: name,
        hint: didYouMean(name, Object.keys(operations)),
      })
    const stop = new AbortController()
    reply.raw.once('close', () => stop.abort())
    const answer = lines(platform, name as OperationName, request.body, stop.signal)
    const first = (await answer.next()).value as AnswerLine
    if ('problem' in first) return reply.status(first.problem.status).type('application/problem+json').send(first.problem)
    return reply.type('application/x-ndjson').send(Readable.from(asText(first, answer)))
  })
}

async function* asText(first: AnswerLine, rest: AsyncIterable<AnswerLine>): AsyncGenerator<string> {
  yield `${JSON.stringify(first)}\n`
  for await (const line of rest) yield `${JSON.stringify(line)}\n`
}

/** Progress, then a result or a problem. */
async function* lines(platform: Platform, name: OperationName, input: unknown, signal: AbortSignal): AsyncGenerator<AnswerLine> {
  const waiting: AnswerLine[] = []
  let wake = (): void => undefined
  const push = (line: AnswerLine): void => {
    waiting.push(line)
    wake()
  }
  performOn(platform, name, input, { signal, onProgress: (progress) => push({ progress }) }).then(
    (result) => push({ result }),
    (error: unknown) => push({ problem: reportedProblem(error) }),
  )
  for (;;) {
    const line = waiting.shift()
    if (line === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      continue
    }
    yield line
    if (!('progress' in line)) return
  }
}
