/**
 * The tree as main sees it, made once for a job and then moved from root to root: every member is an accessor of a frozen
 * object and reads the columns at the current row, so that nothing is allocated for what main does not ask for. Runs inside
 * the realm: what main can reach belongs to it.
 */
import { decimalNumber } from '../../model/decimal.ts'
import { type NodeShape, type TreeColumns, type TreeShape, valueToMain } from '../../tree/shape.ts'
import { type Cursor, eventsGetter } from './event-view.ts'
import { type Anew, createPlaced } from './placed.ts'

export interface View {
  readonly tree: unknown
  /** Moves the view to a row; values read before stay as they were, events show the row's own. */
  moveTo(row: number): void
}

/** `anew`: left out, functions are shared among lists, which is slower. */
export const createView = (shape: TreeShape, columns: TreeColumns, anew: Anew = () => createPlaced): View => {
  const cursor: Cursor = { row: 0, version: 0 }
  return {
    tree: viewOf(shape, { columns, cursor, anew }),
    moveTo: (row) => {
      cursor.row = row
      cursor.version++
    },
  }
}

interface Scope {
  readonly columns: TreeColumns
  readonly cursor: Cursor
  readonly anew: Anew
}

const viewOf = (shape: TreeShape, scope: Scope): object => {
  const view = {}
  for (const [name, node] of Object.entries(shape)) {
    if (node.from === 'members') Object.defineProperty(view, name, { value: viewOf(node.members, scope), enumerable: true })
    else Object.defineProperty(view, name, { get: getterOf(node, scope), enumerable: true })
  }
  return Object.freeze(view)
}

const getterOf = (node: Exclude<NodeShape, { from: 'members' }>, { columns, cursor, anew }: Scope): (() => unknown) => {
  if (node.from === 'numbers') return numberGetter(node, columns, cursor)
  const source = columns.events?.(node.column)
  return source === undefined ? valueGetter(node, columns, cursor) : eventsGetter(node.shape, source, cursor, anew)
}

const numberGetter = (node: NodeShape & { from: 'numbers' }, columns: TreeColumns, cursor: Cursor): (() => unknown) => {
  const { numbers } = columns
  const { column, scale } = node
  if (node.isBoolean) return () => (Number.isNaN(numbers[column]![cursor.row]!) ? null : numbers[column]![cursor.row] === 1)
  if (scale === undefined || scale === 0) return () => nullForNaN(numbers[column]![cursor.row]!)
  if (scale > 22) {
    return () => (Number.isNaN(numbers[column]![cursor.row]!) ? null : decimalNumber(BigInt(numbers[column]![cursor.row]!), scale))
  }
  const divisor = 10 ** scale
  return () => nullForNaN(numbers[column]![cursor.row]! / divisor)
}

const nullForNaN = (value: number): number | null => (Number.isNaN(value) ? null : value)

const valueGetter = (node: NodeShape & { from: 'values' }, columns: TreeColumns, cursor: Cursor): (() => unknown) => {
  let made: unknown
  let version = -1
  return () => {
    if (version !== cursor.version) {
      made = valueToMain(columns.value(node.column, cursor.row), node.shape)
      version = cursor.version
    }
    return made
  }
}
