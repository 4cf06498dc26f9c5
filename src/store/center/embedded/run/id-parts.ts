/** The ids of a run, and the way from an id to its row. */
import type { Ids } from '../../../../model/table.ts'
import { blockBytes, type RunFileWriter } from './file.ts'
import type { IdPart } from './footer.ts'
import { deriveIds, idKey, splitId } from './ids.ts'
import { wholeScales } from './numbers.ts'
import { radixSort, radixSort32 } from './order.ts'
import { rowPage } from './pages.ts'
import { gather, numberPart, rowAt, rowNumbers, rowsPart, type Slice } from './parts.ts'
import { encodeTexts } from './texts.ts'

export const idPart = (file: RunFileWriter, ids: Ids, slice: Slice, seq: Float64Array): IdPart => {
  const rows = slice.to - slice.from
  const derived =
    ids.derived === undefined
      ? deriveIds(rows, (i) => ids.at(rowAt(slice, i)))
      : { prefix: ids.derived.prefix, numbers: gather(ids.derived.numbers, slice) }
  return derived === undefined ? textIds(file, ids, slice, rows) : derivedIds(file, derived.prefix, derived.numbers, seq)
}

const derivedIds = (file: RunFileWriter, prefix: string, numbers: Float64Array, seq: Float64Array): IdPart => {
  let [min, max, ascending, isSeq] = [numbers[0]!, numbers[0]!, true, true]
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!
    if (i > 0 && number <= numbers[i - 1]!) ascending = false
    if (number !== seq[i]) isSeq = false
    if (number < min) min = number
    if (number > max) max = number
  }
  const stored = isSeq ? 'seq' : numberPart(file, numbers, wholeScales)
  const plain = { as: 'derived', prefix, min, max, numbers: stored } as const
  return ascending ? plain : { ...plain, byNumber: rowsPart(file, radixSort(rowNumbers(numbers.length), numbers), numbers.length) }
}

const textIds = (file: RunFileWriter, ids: Ids, slice: Slice, rows: number): IdPart => {
  const texts = Array.from({ length: rows }, (_, i) => ids.at(rowAt(slice, i)))
  const keys = Uint32Array.from(texts, (id) => idKey(splitId(id)))
  const order = radixSort32(rowNumbers(rows), keys)
  const sorted = Uint32Array.from(order, (row) => keys[row]!)
  const { offsets, bytes } = encodeTexts(texts)
  return {
    as: 'texts',
    offsets: file.add(new Uint8Array(offsets.buffer), rowPage(4)),
    bytes: file.add(bytes, blockBytes),
    keys: file.add(new Uint8Array(sorted.buffer), blockBytes),
    byKey: rowsPart(file, order, rows),
  }
}
