/** Holds what our own code must guarantee. A failure is a bug of ours and stops the work; it is never used to judge input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Assertion failed (a bug in Millrace): ${message}`)
}

/** Marks the branch that types say cannot be reached. */
export const unreachable = (value: never): never => {
  throw new Error(`Assertion failed (a bug in Millrace): unexpected ${String(value)}`)
}
