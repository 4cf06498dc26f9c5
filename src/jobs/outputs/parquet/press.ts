/** What is done to a page's bytes before they go to the file. */
import { constants, zstdCompressSync } from 'node:zlib'

export type Codec = 'ZSTD' | 'UNCOMPRESSED'

/** Gives memory that is not that of `bytes`; what is small may lie in a pool. */
export type Press = (bytes: Uint8Array) => Uint8Array

export const pressOf = (codec: Codec, isDoubles: boolean): Press =>
  codec === 'UNCOMPRESSED' ? (bytes) => new Uint8Array(bytes) : isDoubles ? compressedDoubles : compressedBytes

const compressedBytes: Press = (bytes) => compressed(bytes, { [constants.ZSTD_c_compressionLevel]: 1 })

/**
 * What doubles have to gain is mostly whole values that come again: a small table finds those just before, as short as five
 * bytes, and what stands between is left as it is (ZSTD_c_targetLength above 0). That is a sixth faster than level 1 and
 * hardly larger.
 */
const compressedDoubles: Press = (bytes) =>
  compressed(bytes, {
    [constants.ZSTD_c_compressionLevel]: 1,
    [constants.ZSTD_c_hashLog]: 12,
    [constants.ZSTD_c_minMatch]: 5,
    [constants.ZSTD_c_targetLength]: 1,
  })

/** The output comes in one piece: zstd never makes more than this of its input (ZSTD_compressBound). */
const compressed = (bytes: Uint8Array, params: { readonly [param: number]: number }): Uint8Array =>
  zstdCompressSync(bytes, { chunkSize: Math.max(constants.Z_MIN_CHUNK, bytes.length + (bytes.length >>> 8) + 512), params })
