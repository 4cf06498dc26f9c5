/**
 * Field types in short form: `string`, `int`, `int64`, `double`, `boolean`, `time`, `decimal 2`, `enum a|b`, `entity user`,
 * `list TYPE`, `optional TYPE`, `object { name: TYPE, … }`. An object may also be written as a mapping, and any field as the plan has it.
 */
import { maxScale } from '../model/decimal.ts'
import type { FieldPlan, SchemaPlan } from '../model/field.ts'
import { invalid, isMapping, partOf, textOf } from './shape.ts'

const plainKinds = ['string', 'int', 'int64', 'double', 'boolean', 'time'] as const
const shortForms = `${plainKinds.join(', ')}, decimal N, enum a|b, entity NAME, list TYPE, optional TYPE or object { … }`

export const schemaOf = (value: unknown, path: string): SchemaPlan =>
  Object.fromEntries(Object.entries(partOf(value, path).values).map(([name, field]) => [name, fieldOf(field, `${path}.${name}`)]))

const fieldOf = (value: unknown, path: string): FieldPlan => {
  if (!isMapping(value)) return textField(textOf(value, path, shortForms), path)
  if (typeof value['kind'] !== 'string' || !isPlanKind(value['kind'])) return { kind: 'object', fields: schemaOf(value, path) }
  return planField(value, path)
}

const isPlanKind = (kind: string): boolean =>
  (plainKinds as readonly string[]).includes(kind) || ['decimal', 'enum', 'entity', 'list', 'object', 'optional'].includes(kind)

/** The plan's own form. A mapping whose `kind` is a kind is one; so an object with a field named `kind` is written `object { … }`. */
const planField = (value: { readonly [name: string]: unknown }, path: string): FieldPlan => {
  switch (value['kind']) {
    case 'decimal':
      return decimal(value['scale'], path)
    case 'enum':
      return { kind: 'enum', values: (value['values'] as unknown[]).map((part, i) => textOf(part, `${path}.values[${i}]`)) }
    case 'entity':
      return { kind: 'entity', name: textOf(value['name'], `${path}.name`) }
    case 'list':
    case 'optional':
      return { kind: value['kind'], of: fieldOf(value['of'], `${path}.of`) }
    case 'object':
      return { kind: 'object', fields: schemaOf(value['fields'], `${path}.fields`) }
    default:
      return { kind: value['kind'] as (typeof plainKinds)[number] }
  }
}

const textField = (text: string, path: string): FieldPlan => {
  const [, kind = '', rest = ''] = /^\s*([a-z0-9]+)\s*([\s\S]*?)\s*$/.exec(text) ?? []
  if (kind === 'list' || kind === 'optional') return { kind, of: textField(rest, path) }
  if (kind === 'decimal') return decimal(rest === '' ? undefined : Number(rest), path)
  if (kind === 'enum' && rest !== '') return { kind, values: rest.split('|').map((value) => value.trim()) }
  if (kind === 'entity' && rest !== '') return { kind, name: rest }
  if (kind === 'object' && rest.startsWith('{') && rest.endsWith('}')) return { kind, fields: objectFields(rest.slice(1, -1), path) }
  const plain = plainKinds.find((name) => name === kind)
  if (plain !== undefined && rest === '') return { kind: plain }
  throw invalid(path, 'not a field type', text, shortForms)
}

const decimal = (scale: unknown, path: string): FieldPlan => {
  if (Number.isInteger(scale) && (scale as number) >= 0 && (scale as number) <= maxScale) return { kind: 'decimal', scale: scale as number }
  throw invalid(path, 'not a scale', scale, `decimal N with N from 0 to ${maxScale}`)
}

const objectFields = (text: string, path: string): SchemaPlan =>
  Object.fromEntries(
    splitOutsideBraces(text).map((member) => {
      const colon = member.indexOf(':')
      if (colon < 0) throw invalid(path, 'not a field of an object', member, 'NAME: TYPE')
      const name = member.slice(0, colon).trim()
      return [name, textField(member.slice(colon + 1), `${path}.${name}`)]
    }),
  )

const splitOutsideBraces = (text: string): readonly string[] => {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === '{') depth++
    if (text[i] === '}') depth--
    if (i < text.length && (text[i] !== ',' || depth > 0)) continue
    if (text.slice(start, i).trim() !== '') parts.push(text.slice(start, i))
    start = i + 1
  }
  return parts
}
