/** Texts as one block of UTF-8 bytes and the offsets between them. */
import { compareUtf8 } from '../../../../base/utf8.ts'

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
export const sortTexts = (texts: string[]): string[] =>
  texts.some((text) => /[\ud800-\uffff]/.test(text)) ? texts.sort(compareUtf8) : texts.sort()
