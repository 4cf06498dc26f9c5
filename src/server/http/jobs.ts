import type { FastifyInstance } from 'fastify'
import { simpleTriggers } from '../../jobs/project.ts'
import type { JobPlan, ProjectPlan } from '../../model/plan.ts'
import { policyForms } from '../moments.ts'
import { bodyOf } from '../operations/input.ts'
import { call, type EvaluateInput, evaluate, rootType } from '../operations/job.ts'
import { queryTree, type TreeQuery } from '../operations/query.ts'
import type { Platform } from '../platform.ts'
import { inputSchema, type JsonSchema, objectSchema, outputSchema } from './json-schema.ts'
import { answer, jsonValue, moment, readProperties } from './routes.ts'

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
          body: evaluateBody,
          response: answer(evaluated(result), 'The root, its tree and its result'),
        },
      },
      (request) => evaluate(platform, { ...bodyOf<Omit<EvaluateInput, 'job'>>(request.body, evaluateBody), job: name }),
    )
    app.post(
      `/jobs/${name}/tree`,
      {
        schema: {
          tags: ['jobs'],
          summary: `The tree that ${name} gets for an event`,
          operationId: `tree-${name}`,
          body: treeBody,
          response: answer({ type: 'object', additionalProperties: jsonValue }, 'The tree'),
        },
      },
      (request) => {
        const { event, type, ...read } = bodyOf<TreeBody>(request.body, treeBody)
        return queryTree(platform, { ...read, job: name, type: rootType(platform, name, type), id: event })
      },
    )
  }
}

interface TreeBody extends Omit<TreeQuery, 'type' | 'id' | 'job'> {
  readonly event: string
  readonly type?: string
}

const registerCall = (app: FastifyInstance, platform: Platform, name: string, schema: ReturnType<typeof callSchema>): void => {
  app.post(`/jobs/${name}/call`, { schema }, async (request, reply) => {
    const { input } = bodyOf<{ readonly input?: unknown }>(request.body, schema.body)
    const called = await call(platform, { job: name, input })
    void reply.header('millrace-request', called.id)
    return called.result
  })
}

const callSchema = (plan: ProjectPlan, name: string, job: JobPlan, result: JsonSchema) => ({
  tags: ['jobs'],
  summary: `Runs ${name} on a request and answers with its result`,
  description: 'The request is recorded before it is computed; its id is in the header `millrace-request`.',
  operationId: `call-${name}`,
  body: { type: 'object', required: ['input'], properties: { input: callInput(plan, job) }, additionalProperties: false },
  response: answer(result, 'What main returned'),
})

const callInput = (plan: ProjectPlan, job: JobPlan): JsonSchema => {
  const inputs = simpleTriggers(job.on).map((trigger) =>
    objectSchema(trigger.on === 'request' ? trigger.data : plan.events[trigger.event]!.data, inputSchema),
  )
  return inputs.length === 1 ? inputs[0]! : { anyOf: inputs }
}

const rootBody = <P extends object>(properties: P) => ({
  type: 'object',
  required: ['event'],
  properties: {
    event: { type: 'string', description: 'Id of the event' },
    type: { type: 'string', description: 'Its type, where several fire the job' },
    ...properties,
  },
  additionalProperties: false,
})

const evaluateBody = rootBody({
  read: { type: 'string', description: `${policyForms}; own unless set` },
})

const treeBody = rootBody({
  ...readProperties,
  at: { ...moment, description: `As of then; the event's own time unless set. ${moment.description}` },
})

const evaluated = (result: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: { root: jsonValue, read: jsonValue, tree: jsonValue, result: { anyOf: [result, { type: 'null' }] }, failed: jsonValue },
})
