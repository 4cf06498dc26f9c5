import { type FieldPlan, required, type SchemaPlan } from '../../model/field.ts'
import type { Data, Value } from '../../model/value.ts'

type Size = (value: Value) => number

/** UTF-16 code units of text and items of lists in a result, for one schema: 0 for what cannot grow. Runs inside the realm. */
export const sizeOf = (schema: SchemaPlan): ((data: Data) => number) => fieldsSize(schema) ?? (() => 0)

const fieldsSize = (schema: SchemaPlan): ((data: Data) => number) | undefined => {
  const sized = Object.entries(schema).flatMap(([name, field]) => {
    const size = fieldSize(field)
    return size === undefined ? [] : [{ name, size }]
  })
  if (sized.length === 0) return undefined
  return (data) => {
    let units = 0
    for (const { name, size } of sized) units += size(data[name]!)
    return units
  }
}

const fieldSize = (field: FieldPlan): Size | undefined => {
  const plan = required(field)
  if (plan.kind === 'string') return (text) => (text === null ? 0 : (text as string).length)
  if (plan.kind === 'list') {
    const of = fieldSize(plan.of) ?? (() => 0)
    return (list) => (list === null ? 0 : (list as readonly Value[]).reduce((units: number, item) => units + 1 + of(item), 0))
  }
  const fields = plan.kind === 'object' ? fieldsSize(plan.fields) : undefined
  return fields && ((object) => (object === null ? 0 : fields(object as Data)))
}
