import { crc32 as zlibCrc } from 'node:zlib'
import { assert } from '../../base/assert.ts'

/** CRC-32 (ISO 3309, as in zlib and PNG), unsigned; `start` continues an earlier one. Catches every torn, zeroed or flipped page we write. */
export const crc32 = (bytes: Uint8Array, start = 0): number => zlibCrc(bytes, start)

// Stored numbers are read through typed arrays, which follow the machine; every format of ours is little-endian.
assert(new Uint8Array(new Uint16Array([1]).buffer)[0] === 1, 'this machine is big-endian; stored formats are little-endian')
