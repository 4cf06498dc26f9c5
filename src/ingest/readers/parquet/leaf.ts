/** What a Parquet schema says of one column that holds values. */
import type { SchemaElement, SchemaTree } from 'hyparquet'
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getTreePath, isFlatColumn } from 'hyparquet/src/schema.js'
import type { TimeUnit } from '../../../model/mapping.ts'

export interface Leaf {
  readonly path: readonly string[]
  readonly element: SchemaElement
  readonly schemaPath: SchemaTree[]
  readonly maxDefinition: number
  readonly maxRepetition: number
  /** One value a row at most, at the top of the schema. */
  readonly isFlat: boolean
  readonly form: Form
}

/** How its values are held. `decimal` in bytes and UUIDs are `values`; what has no reading here is `unsupported`. */
type Form =
  | { readonly as: 'numbers'; readonly unit?: TimeUnit; readonly scale?: number; readonly isUnsigned?: boolean; readonly isDay?: boolean }
  | { readonly as: 'booleans' | 'texts' | 'unsupported' }
  | { readonly as: 'values'; readonly of: 'decimal' | 'uuid' | 'json' | 'nanos' | 'half'; readonly scale?: number }

export const leafAt = (tree: SchemaTree, path: readonly string[]): Leaf => {
  const schemaPath = getTreePath(tree, [...path])
  const { element } = schemaPath.at(-1)!
  return {
    path,
    element,
    schemaPath,
    maxDefinition: getMaxDefinitionLevel(schemaPath),
    maxRepetition: getMaxRepetitionLevel(schemaPath),
    isFlat: isFlatColumn(schemaPath),
    form: formOf(element),
  }
}

const formOf = (element: SchemaElement): Form => {
  const { type, converted_type: converted, logical_type: logical } = element
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') return decimalForm(element)
  switch (type) {
    case 'BOOLEAN':
      return { as: 'booleans' }
    case 'FLOAT':
    case 'DOUBLE':
      return { as: 'numbers' }
    case 'INT32':
    case 'INT64':
      return integerForm(element)
    case 'INT96':
      return { as: 'values', of: 'nanos' }
    case 'BYTE_ARRAY':
      if (converted === 'JSON' || logical?.type === 'JSON') return { as: 'values', of: 'json' }
      return isOpaque(element) ? { as: 'unsupported' } : { as: 'texts' }
    case 'FIXED_LEN_BYTE_ARRAY':
      if (logical?.type === 'UUID') return { as: 'values', of: 'uuid' }
      return logical?.type === 'FLOAT16' ? { as: 'values', of: 'half' } : { as: 'unsupported' }
    default:
      return { as: 'unsupported' }
  }
}

/** Bytes that are no text: BSON, geometry, variants. */
const isOpaque = ({ converted_type: converted, logical_type: logical }: SchemaElement): boolean =>
  converted === 'BSON' || !['STRING', 'ENUM', undefined].includes(logical?.type)

const decimalForm = ({ type, scale, logical_type: logical }: SchemaElement): Form => {
  const digits = scale ?? (logical?.type === 'DECIMAL' ? logical.scale : 0)
  if (type === 'INT32' || type === 'INT64') return { as: 'numbers', scale: digits }
  return { as: 'values', of: 'decimal', scale: digits }
}

const units = { MILLIS: 'ms', MICROS: 'us', NANOS: 'ns' } as const

const integerForm = ({ converted_type: converted, logical_type: logical }: SchemaElement): Form => {
  if (logical?.type === 'TIMESTAMP') return { as: 'numbers', unit: units[logical.unit] }
  if (converted === 'TIMESTAMP_MILLIS') return { as: 'numbers', unit: 'ms' }
  if (converted === 'TIMESTAMP_MICROS') return { as: 'numbers', unit: 'us' }
  if (converted === 'DATE' || logical?.type === 'DATE') return { as: 'numbers', unit: 'ms', isDay: true }
  // A time of day is no moment.
  if (converted === 'TIME_MILLIS' || converted === 'TIME_MICROS' || logical?.type === 'TIME') return { as: 'unsupported' }
  const isUnsigned = converted?.startsWith('UINT') === true || (logical?.type === 'INTEGER' && !logical.isSigned)
  return { as: 'numbers', ...(isUnsigned && { isUnsigned }) }
}
