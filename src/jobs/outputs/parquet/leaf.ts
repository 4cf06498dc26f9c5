/** How declared fields stand in a Parquet file. */
import type { SchemaElement } from 'hyparquet'
import { type FieldPlan, required, type SchemaPlan } from '../../../model/field.ts'

/** Decimals have up to 19 digits: all that signed 64 bits hold. */
export const decimalBytes = 9
const decimalDigits = 19

export const schemaElements = (schema: SchemaPlan): SchemaElement[] => [
  { name: 'root', num_children: Object.keys(schema).length },
  ...Object.entries(schema).map(([name, field]) => element(name, field)),
]

const element = (name: string, field: FieldPlan): SchemaElement => {
  const base = { name, repetition_type: field.kind === 'optional' ? 'OPTIONAL' : 'REQUIRED' } as const
  const plan = required(field)
  switch (plan.kind) {
    case 'int':
    case 'int64':
      return { ...base, type: 'INT64' }
    case 'double':
      return { ...base, type: 'DOUBLE' }
    case 'boolean':
      return { ...base, type: 'BOOLEAN' }
    case 'time':
      return {
        ...base,
        type: 'INT64',
        converted_type: 'TIMESTAMP_MILLIS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
      }
    case 'decimal':
      return {
        ...base,
        type: 'FIXED_LEN_BYTE_ARRAY',
        type_length: decimalBytes,
        converted_type: 'DECIMAL',
        scale: plan.scale,
        precision: decimalDigits,
        logical_type: { type: 'DECIMAL', scale: plan.scale, precision: decimalDigits },
      }
    default:
      return { ...base, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
  }
}
