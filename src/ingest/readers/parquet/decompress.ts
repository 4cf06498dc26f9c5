import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { CompressionCodec } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

/** A page of more bytes than this is taken for damage. */
const mostBytes = 2 ** 30

/** A page's bytes, `length` of them. Throws when the codec is unknown, the input damaged, or the length another. */
export const decompress = (codec: CompressionCodec, input: Uint8Array, length: number): Uint8Array => {
  if (codec === 'UNCOMPRESSED') return checked(input, length)
  if (!(length >= 0 && length <= mostBytes)) throw new Error(`a page says that it has ${length} bytes`)
  if (length === 0) return new Uint8Array(0)
  switch (codec) {
    case 'ZSTD':
      return checked(zstdDecompressSync(input, { maxOutputLength: length }), length)
    case 'GZIP':
      return checked(gunzipSync(input, { maxOutputLength: length }), length)
    case 'BROTLI':
      return checked(brotliDecompressSync(input, { maxOutputLength: length }), length)
    default: {
      const known = compressors[codec]
      if (known === undefined) throw new Error(`a page is compressed by ${codec}, which is not known`)
      return checked(known(input, length), length)
    }
  }
}

const checked = (bytes: Uint8Array, length: number): Uint8Array => {
  if (bytes.length !== length) throw new Error(`a page says that it has ${length} bytes and has ${bytes.length}`)
  return bytes
}
