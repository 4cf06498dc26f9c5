/**
 * A definition changed under stored data. What was stored is read by the declared fields as long as no value could come out
 * otherwise than it went in (docs/formats.md, "A definition that changes"); everything else is SCHEMA_CHANGED.
 */
import { MillraceError } from '../../../base/error.ts'
import { valueAt } from '../../../model/cell.ts'
import { type FieldPlan, required, type SchemaPlan } from '../../../model/field.ts'
import type { EventPlan } from '../../../model/plan.ts'
import type { Data, Value } from '../../../model/value.ts'
import { dataOf, leavesOf } from './leaves.ts'
import { decodeJson, encodeJson } from './run/json.ts'

/** Path of a declared leaf → path it was stored under; undefined where it was not, and is null. */
export type Evolution = ReadonlyMap<string, string | undefined>

/** Throws SCHEMA_CHANGED naming the field. */
export const evolve = (type: string, stored: { readonly schema: SchemaPlan; readonly subject: string }, plan: EventPlan): Evolution => {
  const paths = new Map<string, string | undefined>()
  walk({ type, aliases: plan.aliases ?? {}, paths }, plan.data, stored.schema, ['', ''])
  if (paths.get(plan.subject) === stored.subject) return paths
  throw changed(`${type}.${plan.subject}`, `the subject was stored as '${stored.subject}'`)
}

/**
 * The fields that place and name an event stay what they were: stored events stand where the old ones put them, and would silently
 * be read beside new ones that stand elsewhere. A field may have a new name where its alias says so. Throws SCHEMA_CHANGED.
 */
export const checkPlaces = (type: string, stored: EventPlan, declared: EventPlan): void => {
  const named = (field: string | undefined, then: string | undefined): boolean =>
    field === then || (field !== undefined && then !== undefined && (declared.aliases?.[field] ?? []).includes(then))
  for (const part of ['time', 'seq', 'version'] as const) {
    if (!named(declared[part], stored[part]))
      throw changed(`${type}, ${part}`, `it was '${stored[part] ?? 'none'}' and is declared as '${declared[part] ?? 'none'}'`)
  }
  const [ids, was] = [declared.id ?? [], stored.id ?? []]
  if (ids.length !== was.length || ids.some((field, i) => !named(field, was[i]))) {
    throw changed(
      `${type}, id`,
      `it was [${was.join(', ')}] and is declared as [${ids.join(', ')}]: the same record would become another event`,
    )
  }
}

interface Walk {
  readonly type: string
  readonly aliases: { readonly [path: string]: readonly string[] }
  readonly paths: Map<string, string | undefined>
}

const walk = (to: Walk, declared: SchemaPlan, stored: SchemaPlan, [above, storedAbove]: readonly [string, string]): void => {
  for (const [name, field] of Object.entries(declared)) {
    const path = above + name
    const old = [name, ...(to.aliases[path] ?? [])].find((known) => Object.hasOwn(stored, known))
    const inner = required(field)
    if (old === undefined) {
      if (field.kind !== 'optional') throw changed(`${to.type}.${path}`, 'it was not stored, and is not optional')
      for (const leaf of leavesOf({ [name]: field })) to.paths.set(above + leaf.path, undefined)
      continue
    }
    const was = stored[old]!
    if (!isReadableAs(was, field))
      throw changed(`${to.type}.${path}`, `it was stored as ${JSON.stringify(was)} and is declared as ${JSON.stringify(field)}`)
    to.paths.set(path, storedAbove + old)
    const wasInner = required(was)
    if (inner.kind === 'object' && wasInner.kind === 'object')
      walk(to, inner.fields, wasInner.fields, [`${path}.`, `${storedAbove}${old}.`])
  }
}

const widenings: { readonly [stored: string]: readonly string[] } = {
  int: ['int64', 'double'],
  enum: ['string', 'entity'],
  string: ['entity'],
  entity: ['string'],
}

/** Whether every value of the one is, unchanged, a value of the other. Fields of objects are looked at one by one elsewhere. */
const isReadableAs = (stored: FieldPlan, declared: FieldPlan): boolean => {
  if (stored.kind === 'optional' && declared.kind !== 'optional') return false
  const [was, is] = [required(stored), required(declared)]
  if (was.kind !== is.kind) return widenings[was.kind]?.includes(is.kind) ?? false
  if (was.kind === 'decimal' && is.kind === 'decimal') return was.scale === is.scale
  if (was.kind === 'enum' && is.kind === 'enum') return was.values.every((value) => is.values.includes(value))
  if (was.kind === 'list' && is.kind === 'list') return isReadableInList(was.of, is.of)
  return true
}

const isReadableInList = (stored: FieldPlan, declared: FieldPlan): boolean => {
  const [was, is] = [required(stored), required(declared)]
  if (was.kind !== 'object' || is.kind !== 'object') return isReadableAs(stored, declared)
  return Object.entries(is.fields).every(([name, field]) => {
    const old = was.fields[name]
    return old === undefined ? field.kind === 'optional' : isReadableInList(old, field)
  })
}

const changed = (at: string, why: string): MillraceError =>
  new MillraceError('SCHEMA_CHANGED', 'the definition no longer fits what is stored', {
    at,
    value: why,
    expected: 'a new optional field, a wider type, a new name with the old one as alias, or a field left out',
    hint: 'declare it as it was, or under a new name and import it again',
  })

/** One event's data as it is declared now. */
export const evolveData = (data: Data, evolution: Evolution, declared: SchemaPlan): Data => {
  const fields = new Map(leavesOf(declared).map((leaf) => [leaf.path, leaf]))
  return dataOf(declared, (path) => {
    const from = evolution.get(path)
    const { field, form } = fields.get(path)!
    const value = from === undefined ? null : valueAt(data, from)
    return form === 'presence' ? value !== null : widened(value, field)
  })
}

const widened = (value: Value, field: FieldPlan): Value => {
  const { kind } = required(field)
  if (kind === 'int64' && typeof value === 'number') return BigInt(value)
  return kind === 'list' ? decodeJson(encodeJson(value), field) : value
}
