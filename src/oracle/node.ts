/** A tree with the type of every value beside it, and its two forms: JSON, and what main sees. */
import { decimalNumber } from '../model/decimal.ts'
import type { FieldPlan, SchemaPlan } from '../model/field.ts'
import { type Json, toJson } from '../model/json.ts'
import type { Data, Value } from '../model/value.ts'
import { bare } from './cell.ts'

export type TreeNode =
  | { readonly field: FieldPlan; readonly value: Value }
  | { readonly members: readonly (readonly [string, TreeNode])[] }
  | { readonly items: readonly TreeNode[] }

export const leaf = (field: FieldPlan, value: Value): TreeNode => ({ field, value })
export const whole = (value: number | null): TreeNode => leaf({ kind: 'int' }, value)
export const text = (value: string | null): TreeNode => leaf({ kind: 'string' }, value)
export const record = (members: { readonly [name: string]: TreeNode }): TreeNode => ({ members: Object.entries(members) })

/** A map and not a literal, so that no name, not even `__proto__`, is special. */
const objectOf = <T>(members: readonly (readonly [string, T])[]): { readonly [name: string]: T } => Object.fromEntries(members)

/** docs/semantics.md, "JSON". */
export const jsonOf = (node: TreeNode): Json => {
  if ('items' in node) return node.items.map(jsonOf)
  if ('members' in node) return objectOf(node.members.map(([name, part]) => [name, jsonOf(part)]))
  return toJson(node.value, node.field)
}

/** As main sees it: int64 as bigint, decimals as numbers. */
export const mainOf = (node: TreeNode): unknown => {
  if ('items' in node) return node.items.map(mainOf)
  if ('members' in node) return objectOf(node.members.map(([name, part]) => [name, mainOf(part)]))
  return mainValue(node.value, node.field)
}

const mainValue = (value: Value, field: FieldPlan): unknown => {
  if (value === null) return null
  const plain = bare(field)
  if (plain.kind === 'decimal') return decimalNumber(value as bigint, plain.scale)
  if (plain.kind === 'list') return (value as readonly Value[]).map((part) => mainValue(part, plain.of))
  return plain.kind === 'object' ? mainData(value as Data, plain.fields) : value
}

const mainData = (data: Data, schema: SchemaPlan): unknown =>
  objectOf(Object.entries(schema).map(([name, field]) => [name, mainValue(data[name] ?? null, field)]))
