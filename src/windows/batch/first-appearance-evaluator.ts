/** distinct: each value's first row in the window is kept as the window moves; with more values than are asked for, they are looked up from its start. */

import { cellAt } from '../../model/cell.ts'
import type { Value } from '../../model/value.ts'
import type { Block } from './block.ts'
import type { Exceptions } from './bounds.ts'
import type { Codes } from './codes.ts'
import { type Answer, createSlide, type Evaluator, hasExceptions } from './evaluator.ts'
import type { FeatureRows } from './feature-rows.ts'
import { createScan } from './kernel-evaluator.ts'
import { ints } from './scratch.ts'

export const firstAppearanceEvaluator = (feature: FeatureRows, limit: number, answer: Answer): Evaluator => {
  const { rows } = feature
  const scan = createScan(feature)
  const [countScratch, firstScratch, nextScratch, placeScratch, presentScratch, sortScratch] = [
    ints(),
    ints(),
    ints(),
    ints(),
    ints(),
    ints(),
  ]
  let codes: Codes
  let counts: Int32Array
  /** By code its first row in the window; by row the next one of the same code. */
  let first: Int32Array
  let next: Int32Array
  let place: Int32Array
  let present: Int32Array
  let size = 0
  let held: Block
  const enter = (row: number): void => {
    const code = codes.codes[row]!
    if (code < 0) return
    const isNew = counts[code]!++ === 0
    if (isNew || row < first[code]!) first[code] = row
    if (!isNew) return
    place[code] = size
    present[size++] = code
  }
  const leave = (row: number): void => {
    const code = codes.codes[row]!
    if (code < 0) return
    if (first[code] === row) first[code] = next[row]!
    if (--counts[code]! > 0) return
    const last = present[--size]!
    present[place[code]!] = last
    place[last] = place[code]!
  }
  const slide = createSlide(enter, leave)
  const firstRows = (): Value => {
    const { column, field } = rows.typed(held)
    const found = sortScratch.atLeast(size).subarray(0, size)
    for (let i = 0; i < size; i++) found[i] = first[present[i]!]!
    found.sort()
    const list: Value[] = []
    for (let i = 0; i < size && i < limit; i++) list.push(cellAt(column, field, found[i]!))
    return list
  }
  /** The same with rows removed and added: an added row stands at twice the row it comes before, rows of the series at odd places. */
  const firstRowsAmended = (exceptions: Exceptions, i: number): Value => {
    const { column, field } = rows.typed(held)
    const places = new Map<number, { readonly place: number; readonly row: number }>()
    for (let at = exceptions.from[i]!; at < exceptions.middle[i]!; at++) leave(exceptions.rows[at]!)
    for (let at = 0; at < size; at++) places.set(present[at]!, { place: 2 * first[present[at]!]! + 1, row: first[present[at]!]! })
    for (let at = exceptions.from[i]!; at < exceptions.middle[i]!; at++) enter(exceptions.rows[at]!)
    for (let at = exceptions.middle[i]!; at < exceptions.end[i]!; at++) {
      const row = exceptions.rows[at]!
      const code = codes.codes[row]!
      const place = 2 * exceptions.beforeOf(row)
      if (code >= 0 && !((places.get(code)?.place ?? Number.POSITIVE_INFINITY) <= place)) places.set(code, { place, row })
    }
    const found = Array.from(places.values()).sort((a, b) => a.place - b.place || a.row - b.row)
    return found.slice(0, limit).map(({ row }) => cellAt(column, field, row))
  }
  return {
    start(block) {
      held = block
      scan.start(block)
      codes = rows.codes(block)
      counts = countScratch.atLeast(codes.count).fill(0)
      first = firstScratch.atLeast(codes.count)
      place = placeScratch.atLeast(codes.count)
      present = presentScratch.atLeast(codes.count)
      next = nextScratch.atLeast(block.base)
      size = 0
      slide.start()
      for (let row = block.base - 1; row >= 0; row--) {
        const code = codes.codes[row]!
        if (code < 0) continue
        next[row] = first[code]!
        first[code] = row
      }
    },
    run(bounds) {
      for (let i = 0; i < bounds.count; i++) {
        slide.moveTo(bounds.low[i]!, bounds.high[i]!)
        const { exceptions } = bounds
        if (size > 4 * limit) answer(i, scan.answer(bounds, i))
        else answer(i, hasExceptions(exceptions, i) ? firstRowsAmended(exceptions, i) : firstRows())
      }
    },
  }
}
