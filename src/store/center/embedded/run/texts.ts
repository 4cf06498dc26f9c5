/** Texts as one block of UTF-8 bytes and the offsets between them. */
import { compareUtf8 } from '../../../../base/utf8.ts'
import { type Breath, inSlices } from '../breath.ts'

export interface TextBlock {
  /** One more than there are texts. */
  readonly offsets: Uint32Array
  readonly bytes: Uint8Array
}

export const encodeTexts = (texts: readonly string[]): TextBlock => {
  const bytes = Buffer.from(texts.join(''), 'utf8')
  const offsets = new Uint32Array(texts.length + 1)
  let length = 0
  for (let i = 0; i < texts.length; i++) length = offsets[i + 1] = length + texts[i]!.length
  // As many bytes as UTF-16 units: all ASCII, and every text is as long as its bytes.
  if (length !== bytes.length) {
    length = 0
    for (let i = 0; i < texts.length; i++) length = offsets[i + 1] = length + Buffer.byteLength(texts[i]!)
  }
  return { offsets, bytes }
}

/** The same of as many texts as there are, made a slice at a time. */
export const encodeTextsInSteps = async (breathe: Breath, count: number, textAt: (i: number) => string): Promise<TextBlock> => {
  const offsets = new Uint32Array(count + 1)
  const parts: Uint8Array[] = []
  await inSlices(breathe, count, (from, to) => {
    const part = encodeTexts(Array.from({ length: to - from }, (_, i) => textAt(from + i)))
    for (let i = from; i < to; i++) offsets[i + 1] = offsets[from]! + part.offsets[i - from + 1]!
    parts.push(part.bytes)
  })
  return { offsets, bytes: Buffer.concat(parts) }
}

export const decodeTexts = (offsets: Uint32Array, bytes: Uint8Array, from = 0, to = offsets.length - 1): string[] => {
  const start = offsets[from]!
  const block = asBuffer(bytes).toString('utf8', start, offsets[to]!)
  const texts: string[] = new Array(to - from)
  if (block.length === offsets[to]! - start) {
    for (let i = from; i < to; i++) texts[i - from] = block.slice(offsets[i]! - start, offsets[i + 1]! - start)
  } else {
    for (let i = from; i < to; i++) texts[i - from] = decodeText(bytes, offsets[i]!, offsets[i + 1]!)
  }
  return texts
}

export const decodeText = (bytes: Uint8Array, from: number, to: number): string => asBuffer(bytes).toString('utf8', from, to)

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Sorts texts by their UTF-8 bytes, in place. The engine's own order is the same unless a unit lies above the surrogates' start. */
export const sortTexts = (texts: string[]): string[] => (texts.some(isUnlike) ? texts.sort(compareUtf8) : texts.sort())

const isUnlike = (text: string): boolean => /[\ud800-\uffff]/.test(text)

/** Texts sorted in one step. */
const stepTexts = 4096

/** The same in steps, as a new list: a few at once, then by merging (Knuth, TAOCP 3, 5.2.4). */
export const sortTextsInSteps = async (breathe: Breath, texts: readonly string[]): Promise<string[]> => {
  let sorted: string[] = []
  let isPlain = true
  for (let from = 0; from < texts.length; from += stepTexts) {
    const part = texts.slice(from, from + stepTexts)
    isPlain &&= !part.some(isUnlike)
    for (const text of sortTexts(part)) sorted.push(text)
    await breathe()
  }
  const compare = isPlain ? compareUnits : compareUtf8
  for (let width = stepTexts; width < texts.length; width *= 2) {
    const merged: string[] = []
    for (let from = 0; from < sorted.length; from += 2 * width) await mergeTwo(breathe, { sorted, from, width, compare }, merged)
    sorted = merged
  }
  return sorted
}

const compareUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

interface Halves {
  readonly sorted: readonly string[]
  readonly from: number
  /** Of each half; the second may be shorter, or none. */
  readonly width: number
  readonly compare: (a: string, b: string) => number
}

const mergeTwo = async (breathe: Breath, { sorted, from, width, compare }: Halves, into: string[]): Promise<void> => {
  const [middle, end] = [Math.min(sorted.length, from + width), Math.min(sorted.length, from + 2 * width)]
  let [a, b] = [from, middle]
  await inSlices(breathe, end - from, (start, stop) => {
    for (let i = start; i < stop; i++) {
      const isFirst = a < middle && (b === end || compare(sorted[a]!, sorted[b]!) <= 0)
      into.push(sorted[isFirst ? a++ : b++]!)
    }
  })
}
