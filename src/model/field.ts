/** A declared field, as plain JSON: the type of one value of an event, a request or a result. */
export type FieldPlan =
  | { readonly kind: 'string' | 'int' | 'int64' | 'double' | 'boolean' | 'time' }
  /** Exact, with `scale` digits after the point; held as a whole number of 10^-scale within signed 64 bits. */
  | { readonly kind: 'decimal'; readonly scale: number }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  /** The key of a thing: user, card, airport. */
  | { readonly kind: 'entity'; readonly name: string }
  | { readonly kind: 'list'; readonly of: FieldPlan }
  | { readonly kind: 'object'; readonly fields: SchemaPlan }
  | { readonly kind: 'optional'; readonly of: FieldPlan }

export type FieldKind = FieldPlan['kind']

/** Field name → field. */
export type SchemaPlan = { readonly [name: string]: FieldPlan }

/** The field below `optional`, and whether it was. */
export const required = (field: FieldPlan): Exclude<FieldPlan, { kind: 'optional' }> =>
  field.kind === 'optional' ? required(field.of) : field

/** The field that a dotted path names, objects opened on the way; undefined where there is none. */
export const fieldAt = (schema: SchemaPlan, path: string): FieldPlan | undefined => {
  const [name = '', ...rest] = path.split('.')
  const field = Object.hasOwn(schema, name) ? schema[name] : undefined
  if (field === undefined || rest.length === 0) return field
  const inner = required(field)
  return inner.kind === 'object' ? fieldAt(inner.fields, rest.join('.')) : undefined
}
