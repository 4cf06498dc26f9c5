/** Deep-freezes plain data (arrays and plain objects); functions are kept as they are. Give it only what no caller holds. */
export const frozen = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}

/** A frozen copy of plain data that a caller may go on to change. */
export const frozenCopy = <T>(value: T): T => frozen(copied(value)) as T

const copied = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (Array.isArray(value)) return value.map(copied)
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copied(part)]))
}
