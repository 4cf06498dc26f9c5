import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { MillraceError } from '../../base/error.ts'
import { maxRequestRecords, maxRequestRefused } from '../../ingest/records.ts'
import { dataToJson } from '../../model/json.ts'
import { holding } from '../../model/order.ts'
import type { EventPlan } from '../../model/plan.ts'
import { type SendInput, type SendOutput, send } from '../operations/ingest.ts'
import { bodyOf } from '../operations/input.ts'
import { defaultLast, type EventsQuery, eventPlan, queryEvents } from '../operations/query.ts'
import type { Platform } from '../platform.ts'
import { inputSchema, objectSchema, outputSchema } from './json-schema.ts'
import { noBody } from './problem.ts'
import { answer, failures, jsonValue, moment, readProperties } from './routes.ts'

/** `POST /events` and `/events/TYPE` record events; `POST /events/TYPE/query` and `GET /events/TYPE/ID` read them. */
export const registerEvents = (app: FastifyInstance, platform: Platform): void => {
  // Bodies stay text: a number of more than 15 digits must not pass through a double before its field is known.
  app.addContentTypeParser(['application/x-ndjson', 'text/plain'], { parseAs: 'buffer' }, textParser)
  app.register(async (inner) => {
    inner.removeContentTypeParser('application/json')
    inner.addContentTypeParser('application/json', { parseAs: 'buffer' }, textParser)
    inner.post(
      '/events',
      {
        schema: {
          tags: ['events'],
          summary: 'Records events, each naming its type: one, an array, or lines of JSON',
          description: sendDescription,
          operationId: 'send-events',
          body: recordsBody(jsonValue),
          response: sentAnswer,
        },
      },
      (request, reply) => sendTo(reply, platform, { body: request.body as string }),
    )
    for (const [type, event] of Object.entries(platform.project.plan.events)) registerType(inner, platform, type, event)
  })
}

/** Bytes that are no UTF-8 are refused: decoded loosely, two different keys would become one. */
const textParser = async (_request: unknown, body: Buffer): Promise<string> => {
  if (body.length === 0) throw noBody()
  if (isUtf8(body)) return body.toString('utf8')
  throw new MillraceError('UTF8_INVALID', 'the body is no valid UTF-8', { expected: 'text in UTF-8, uncompressed' })
}

/** 422 where not one record could be taken: a sender that looks at the status alone must not think them safe. */
const sendTo = async (reply: FastifyReply, platform: Platform, input: SendInput): Promise<SendOutput> => {
  const done = await send(platform, input)
  if (done.refused.length > 0 && done.stored + done.duplicates === 0) void reply.status(422)
  return done
}

const registerType = (app: FastifyInstance, platform: Platform, type: string, event: EventPlan): void => {
  const shown = eventSchema(type, event)
  const query = queryBody(event)
  app.post(
    `/events/${type}`,
    {
      schema: {
        tags: ['events'],
        summary: `Records events of type ${type}`,
        description: sendDescription,
        operationId: `send-${type}`,
        body: recordsBody(objectSchema(event.data, inputSchema)),
        response: sentAnswer,
      },
    },
    (request, reply) => sendTo(reply, platform, { body: request.body as string, type }),
  )
  app.post(
    `/events/${type}/query`,
    {
      schema: {
        tags: ['events'],
        summary: `Events of type ${type} with these values, in time order`,
        operationId: `events-${type}`,
        body: query,
        response: answer({ type: 'array', items: shown }, 'The latest of them'),
      },
    },
    (request) => queryEvents(platform, { ...bodyOf<Omit<EventsQuery, 'type'>>(parsed(request.body as string), query), type }),
  )
  app.get(
    `/events/${type}/:id`,
    {
      schema: {
        tags: ['events'],
        summary: `One event of type ${type}, as corrected`,
        operationId: `event-${type}`,
        params: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
        response: answer(shown, 'The event'),
      },
    },
    (request) => readEvent(platform, type, (request.params as { id: string }).id),
  )
}

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw new MillraceError('JSON_INVALID', 'the body is not JSON', { cause, value: body, hint: (cause as Error).message })
  }
}

const readEvent = async ({ center, project }: Platform, type: string, id: string) => {
  const event = holding(await center.versions(type, id), { as: 'corrected' })
  if (event === undefined) throw new MillraceError('ROOT_NOT_FOUND', `there is no ${type} with this id`, { value: id })
  return { type, id, subject: event.subject, time: event.time, data: dataToJson(event.data, eventPlan(project.plan, type).data) }
}

const recordsBody = (record: object) => ({
  anyOf: [record, { type: 'array', items: record }, { type: 'string', description: 'Lines of JSON' }],
})

const sendDescription = [
  `At most ${maxRequestRecords} records, of which at most ${maxRequestRefused} may not fit: what is beyond is refused whole, and nothing of it is recorded or kept.`,
  'Many records become several commits, each durable by itself; others are answered meanwhile.',
].join(' ')

const refusedWhole = { content: failures['4XX'].content }

const sent = {
  type: 'object',
  required: ['stored', 'duplicates', 'refused', 'recordedAt'],
  properties: {
    stored: { type: 'integer' },
    duplicates: { type: 'integer', description: 'Were there already, with the same content' },
    refused: {
      type: 'array',
      description:
        'What does not fit is kept as a dead letter; what contradicts what is recorded (ID_CONFLICT, CORRECTION_…) is said here only, and does not count towards the bound',
      items: { type: 'object', properties: { position: { type: 'integer' }, code: { type: 'string' }, message: { type: 'string' } } },
    },
    recordedAt: { type: 'number', description: 'The stamp of the commit; of the last, where there are several' },
  },
}

const sentAnswer = {
  ...answer(sent, 'What became of each'),
  413: { description: `More than ${maxRequestRecords} records (TOO_MANY_RECORDS), or bytes than are taken`, ...refusedWhole },
  422: {
    description: `Not one of them was taken; or, as a problem, more than ${maxRequestRefused} do not fit (TOO_MANY_REFUSED)`,
    content: { 'application/json': { schema: sent }, ...refusedWhole.content },
  },
}

const eventSchema = (type: string, event: EventPlan) => ({
  type: 'object',
  properties: {
    type: { const: type },
    id: { type: 'string' },
    subject: { type: 'string' },
    time: { type: 'integer' },
    data: objectSchema(event.data, outputSchema),
  },
})

const queryBody = ({ data }: EventPlan) => ({
  type: 'object',
  required: ['key'],
  properties: {
    key: { type: 'object', description: `Values of fields: ${Object.keys(data).join(', ')}`, additionalProperties: jsonValue },
    from: { ...moment, description: `Events from then on. ${moment.description}` },
    last: { type: 'integer', minimum: 1, default: defaultLast },
    ...readProperties,
    at: { ...moment, description: `Events before then; all unless set. ${moment.description}` },
  },
  additionalProperties: false,
})
