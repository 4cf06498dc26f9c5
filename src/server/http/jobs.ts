import type { FastifyInstance } from 'fastify'
import { simpleTriggers } from '../../jobs/project.ts'
import type { JobPlan, ProjectPlan } from '../../model/plan.ts'
import { objectOf } from '../operations/input.ts'
import { call, evaluate, rootType } from '../operations/job.ts'
import { queryTree } from '../operations/query.ts'
import type { Platform } from '../platform.ts'
import { inputSchema, type JsonSchema, objectSchema, outputSchema } from './json-schema.ts'
import { answer, jsonValue, readProperties } from './routes.ts'

/** `POST /jobs/JOB/call`, `/evaluate` and `/tree`, each job described with its own input and result. */
export const registerJobs = (app: FastifyInstance, platform: Platform): void => {
  const { plan } = platform.project
  for (const [name, job] of Object.entries(plan.jobs)) {
    const result = objectSchema(job.returns, outputSchema)
    registerCall(app, platform, name, callSchema(plan, name, job, result))
    app.post(
      `/jobs/${name}/evaluate`,
      {
        schema: {
          tags: ['jobs'],
          summary: `Computes ${name} for a recorded event; records nothing`,
          operationId: `evaluate-${name}`,
          body: rootBody,
          response: answer(evaluated(result), 'The root, its tree and its result'),
        },
      },
      (request) => evaluate(platform, { ...objectOf<{ event: string; type?: string; read?: string }>(request.body), job: name }),
    )
    app.post(
      `/jobs/${name}/tree`,
      {
        schema: {
          tags: ['jobs'],
          summary: `The tree that ${name} gets for an event`,
          operationId: `tree-${name}`,
          body: rootBody,
          response: answer({ type: 'object', additionalProperties: jsonValue }, 'The tree'),
        },
      },
      (request) => {
        const { event, type, ...read } = objectOf<{ event: string; type?: string }>(request.body)
        return queryTree(platform, { ...read, job: name, type: rootType(platform, name, type), id: event })
      },
    )
  }
}

const registerCall = (app: FastifyInstance, platform: Platform, name: string, schema: object): void => {
  app.post(`/jobs/${name}/call`, { schema }, async (request, reply) => {
    const called = await call(platform, { job: name, input: objectOf<{ input?: unknown }>(request.body).input })
    void reply.header('millrace-request', called.id)
    return called.result
  })
}

const callSchema = (plan: ProjectPlan, name: string, job: JobPlan, result: JsonSchema) => ({
  tags: ['jobs'],
  summary: `Runs ${name} on a request and answers with its result`,
  description: 'The request is recorded before it is computed; its id is in the header `millrace-request`.',
  operationId: `call-${name}`,
  body: { type: 'object', required: ['input'], properties: { input: callInput(plan, job) } },
  response: answer(result, 'What main returned'),
})

const callInput = (plan: ProjectPlan, job: JobPlan): JsonSchema => {
  const inputs = simpleTriggers(job.on).map((trigger) =>
    objectSchema(trigger.on === 'request' ? trigger.data : plan.events[trigger.event]!.data, inputSchema),
  )
  return inputs.length === 1 ? inputs[0]! : { anyOf: inputs }
}

const rootBody = {
  type: 'object',
  required: ['event'],
  properties: {
    event: { type: 'string', description: 'Id of the event' },
    type: { type: 'string', description: 'Its type, where several fire the job' },
    read: { type: 'string', description: 'own (the default), corrected, recorded:MOMENT, known:MOMENT' },
    as: readProperties.as,
    recorded: readProperties.recorded,
    known: readProperties.known,
  },
}

const evaluated = (result: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: { root: jsonValue, read: jsonValue, tree: jsonValue, result: { anyOf: [result, { type: 'null' }] }, failed: jsonValue },
})
