import type { FastifyInstance } from 'fastify'
import { fieldAt } from '../../model/field.ts'
import type { ProjectPlan, WindowsPlan } from '../../model/plan.ts'
import { bodyOf } from '../operations/input.ts'
import { queryWindows, type WindowsQuery } from '../operations/query.ts'
import type { Platform } from '../platform.ts'
import { inputSchema } from './json-schema.ts'
import { answer, jsonValue, readProperties } from './routes.ts'

/** `POST /windows/NAME/query`, and `GET /windows/NAME?user=u1&at=…` for a browser. */
export const registerWindows = (app: FastifyInstance, platform: Platform): void => {
  const { plan } = platform.project
  for (const [name, windows] of Object.entries(plan.windows)) {
    const response = answer(
      { type: 'object', additionalProperties: { type: 'object', additionalProperties: jsonValue } },
      'Feature → window → value',
    )
    const body = queryBody(plan, windows)
    app.post(
      `/windows/${name}/query`,
      {
        schema: {
          tags: ['windows'],
          summary: `Features of one key of ${name}`,
          operationId: `query-${name}`,
          body,
          response,
        },
      },
      (request) => queryWindows(platform, { ...bodyOf<Omit<WindowsQuery, 'windows'>>(request.body, body), windows: name }),
    )
    app.get(`/windows/${name}`, { schema: { hide: true } }, (request) =>
      queryWindows(platform, addressQuery(name, windows, request.query as Record<string, string>)),
    )
  }
}

/** Dimensions stand in an address under their own names, beside `at`, `recorded`, `known` and `features` (with commas). */
const addressQuery = (name: string, windows: WindowsPlan, query: Record<string, string>): WindowsQuery => {
  const { features, at, as, recorded, known, ...key } = Object.fromEntries(
    Object.entries(query).filter(([part]) => !windows.by.includes(part)),
  )
  return {
    windows: name,
    key: { ...key, ...Object.fromEntries(windows.by.filter((part) => part in query).map((part) => [part, query[part]])) },
    ...(features !== undefined && { features: features.split(',') }),
    at,
    as,
    recorded,
    known,
  }
}

const queryBody = (plan: ProjectPlan, windows: WindowsPlan) => ({
  type: 'object',
  required: ['key'],
  properties: {
    key: {
      type: 'object',
      required: windows.by,
      properties: Object.fromEntries(windows.by.map((dimension) => [dimension, dimensionSchema(plan, windows, dimension)])),
      additionalProperties: false,
    },
    features: { type: 'array', items: { type: 'string', enum: Object.keys(windows.features) }, description: 'All unless named' },
    ...readProperties,
  },
  additionalProperties: false,
})

const dimensionSchema = (plan: ProjectPlan, { of }: WindowsPlan, dimension: string) => {
  const [member] = of
  return inputSchema(fieldAt(plan.events[member!.event]!.data, member!.columns?.[dimension] ?? dimension)!)
}
