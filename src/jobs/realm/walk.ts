import type { Node } from 'acorn'

/** Visits every node of a syntax tree, parents first. */
export const walk = (node: Node, visit: (node: Node) => void): void => {
  visit(node)
  for (const part of Object.values(node)) {
    if (Array.isArray(part)) for (const item of part) isNode(item) && walk(item, visit)
    else if (isNode(part)) walk(part, visit)
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string'
