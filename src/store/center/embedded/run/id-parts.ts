/** The ids of a run, and the way from an id to its row. */
import type { Ids } from '../../../../model/table.ts'
import { inSlices, inSteps } from '../breath.ts'
import { blockBytes } from './file.ts'
import type { IdPart } from './footer.ts'
import { deriveIdsInSteps, idKey, splitId } from './ids.ts'
import { wholeScales } from './numbers.ts'
import { sortSteps, sortSteps32 } from './order.ts'
import { rowPage } from './pages.ts'
import { gather, numberPart, type RunOutput, rowAt, rowNumbers, rowsPart, type Slice } from './parts.ts'
import { encodeTextsInSteps } from './texts.ts'

export const idPart = async (out: RunOutput, ids: Ids, slice: Slice, seq: Float64Array): Promise<IdPart> => {
  const derived =
    ids.derived === undefined
      ? await deriveIdsInSteps(out.breathe, slice.to - slice.from, (i) => ids.at(rowAt(slice, i)))
      : { prefix: ids.derived.prefix, numbers: gather(ids.derived.numbers, slice) }
  return derived === undefined ? textIds(out, ids, slice) : derivedIds(out, derived.prefix, derived.numbers, seq)
}

const derivedIds = async ({ file, breathe }: RunOutput, prefix: string, numbers: Float64Array, seq: Float64Array): Promise<IdPart> => {
  let [min, max, ascending, isSeq] = [numbers[0]!, numbers[0]!, true, true]
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!
    if (i > 0 && number <= numbers[i - 1]!) ascending = false
    if (number !== seq[i]) isSeq = false
    if (number < min) min = number
    if (number > max) max = number
  }
  const stored = isSeq ? 'seq' : await numberPart(file, numbers, wholeScales)
  const plain = { as: 'derived', prefix, min, max, numbers: stored } as const
  return ascending
    ? plain
    : { ...plain, byNumber: await rowsPart(file, await inSteps(breathe, sortSteps(rowNumbers(numbers.length), numbers)), numbers.length) }
}

const textIds = async ({ file, breathe }: RunOutput, ids: Ids, slice: Slice): Promise<IdPart> => {
  const rows = slice.to - slice.from
  const keys = new Uint32Array(rows)
  await inSlices(breathe, rows, (from, to) => {
    for (let i = from; i < to; i++) keys[i] = idKey(splitId(ids.at(rowAt(slice, i))))
  })
  const order = await inSteps(breathe, sortSteps32(rowNumbers(rows), keys))
  const sorted = new Uint32Array(rows)
  for (let i = 0; i < rows; i++) sorted[i] = keys[order[i]!]!
  await breathe()
  const { offsets, bytes } = await encodeTextsInSteps(breathe, rows, (i) => ids.at(rowAt(slice, i)))
  return {
    as: 'texts',
    offsets: await file.add(new Uint8Array(offsets.buffer), rowPage(4)),
    bytes: await file.add(bytes, blockBytes),
    keys: await file.add(new Uint8Array(sorted.buffer), blockBytes),
    byKey: await rowsPart(file, order, rows),
  }
}
