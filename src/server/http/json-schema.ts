/** Declared fields as JSON Schema (2020-12, as OpenAPI 3.1 uses it): what callers send, and what answers hold. */
import { describe } from '../../model/coerce.ts'
import type { FieldPlan, SchemaPlan } from '../../model/field.ts'

export type JsonSchema = { readonly [keyword: string]: unknown }

const nullable = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] })

/** What may be sent for a field. The server judges values itself, so that its refusals name code, field and remedy. */
export const inputSchema = (field: FieldPlan): JsonSchema => {
  switch (field.kind) {
    case 'optional':
      return nullable(inputSchema(field.of))
    case 'int':
      return { type: 'integer', description: describe(field) }
    case 'int64':
      return { type: ['integer', 'string'], description: `${describe(field)}; beyond 2^53 as text` }
    case 'decimal':
      return { type: ['number', 'string'], description: describe(field) }
    case 'time':
      return { type: ['integer', 'string'], description: describe(field) }
    case 'entity':
      return { type: ['string', 'integer'], description: describe(field) }
    case 'list':
      return { type: 'array', items: inputSchema(field.of) }
    case 'object':
      return objectSchema(field.fields, inputSchema)
    default:
      return scalar(field)
  }
}

/** What an answer holds for a field. */
export const outputSchema = (field: FieldPlan): JsonSchema => {
  switch (field.kind) {
    case 'optional':
      return nullable(outputSchema(field.of))
    case 'int':
    case 'time':
      return { type: 'integer', description: describe(field) }
    case 'int64':
      return { type: 'string', description: describe(field) }
    case 'decimal':
      return { type: ['number', 'string'], description: `${describe(field)}; text beyond 15 significant digits` }
    case 'list':
      return { type: 'array', items: outputSchema(field.of) }
    case 'object':
      return objectSchema(field.fields, outputSchema)
    default:
      return scalar(field)
  }
}

const scalar = (field: FieldPlan): JsonSchema => {
  if (field.kind === 'enum') return { type: 'string', enum: field.values }
  if (field.kind === 'double') return { type: 'number' }
  return field.kind === 'boolean' ? { type: 'boolean' } : { type: 'string', description: describe(field) }
}

export const objectSchema = (fields: SchemaPlan, of: (field: FieldPlan) => JsonSchema): JsonSchema => ({
  type: 'object',
  required: Object.entries(fields)
    .filter(([, field]) => field.kind !== 'optional')
    .map(([name]) => name),
  properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, of(field)])),
  additionalProperties: false,
})
