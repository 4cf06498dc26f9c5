/** A block's values as small whole numbers: equal values have one code. */
import { assert } from '../../base/assert.ts'
import type { TypedColumn } from '../kernels/aggregation.ts'
import type { Block } from './block.ts'
import { createIntList, ints } from './scratch.ts'

export interface Codes {
  /** By row: 0, 1, 2 … in the order of first appearance; −1 where the row does not count. */
  readonly codes: Int32Array
  /** Code → one row that has it. */
  readonly rows: Int32Array
  readonly count: number
}

type CountedFlags = (block: Block) => Uint8Array | undefined

export const createCodes = (typed: (block: Block) => TypedColumn, counted: CountedFlags): ((block: Block) => Codes) => {
  const codes = ints()
  const rows = createIntList()
  let ofText = new Int32Array(0)
  const coded = (block: Block, codeOf: (row: number) => number): Codes => {
    const into = codes.atLeast(block.rows)
    const flags = counted(block)
    for (let row = 0; row < block.rows; row++) into[row] = flags === undefined || flags[row] === 1 ? codeOf(row) : -1
    return { codes: into, rows: rows.values, count: rows.length }
  }
  const addRow = (row: number): number => {
    rows.push(row)
    return rows.length - 1
  }
  return (block) => {
    const { column } = typed(block)
    rows.clear()
    if (column.kind === 'code') {
      if (ofText.length < column.dictionary.length) ofText = new Int32Array(column.dictionary.length).fill(-1)
      const into = codes.atLeast(block.rows)
      const flags = counted(block)
      for (let row = 0; row < block.rows; row++) {
        if (flags !== undefined && flags[row] !== 1) {
          into[row] = -1
          continue
        }
        const text = column.codes[row]!
        if (ofText[text]! < 0) ofText[text] = addRow(row)
        into[row] = ofText[text]!
      }
      for (let code = 0; code < rows.length; code++) ofText[column.codes[rows.values[code]!]!] = -1
      return { codes: into, rows: rows.values, count: rows.length }
    }
    assert(column.kind !== 'value', 'lists and objects are not told apart')
    const known = new Map<number | bigint, number>()
    return coded(block, (row) => {
      const value = column.values[row]!
      const code = known.get(value) ?? addRow(row)
      if (code === rows.length - 1) known.set(value, code)
      return code
    })
  }
}
