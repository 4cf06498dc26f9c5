/** Where two trees differ: by node, feature and window. */
import { canonical, type Json } from '../../model/json.ts'

export interface TreeDifference {
  /** From the tree's top: node, feature, window, or members of an event. */
  readonly path: readonly string[]
  readonly expected: string
  readonly got: string
}

const absent = 'nothing'

/** The innermost places whose canonical bytes differ. */
export const differences = (expected: Json | undefined, got: Json | undefined, path: readonly string[] = []): readonly TreeDifference[] => {
  if (isMembers(expected) && isMembers(got)) {
    const names = [...new Set([...Object.keys(expected), ...Object.keys(got)])].sort()
    return names.flatMap((name) => differences(expected[name], got[name], [...path, name]))
  }
  const [a, b] = [shown(expected), shown(got)]
  return a === b ? [] : [{ path, expected: a, got: b }]
}

const isMembers = (value: Json | undefined): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const shown = (value: Json | undefined): string => (value === undefined ? absent : canonical(value))
