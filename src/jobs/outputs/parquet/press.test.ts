import { zstdDecompressSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { pressOf } from './press.ts'

it('gives memory that can be handed over while its input stays, of a buffer too', () => {
  const size = 300_000
  const content = Uint8Array.from({ length: size }, (_, i) => i % 251)
  for (const given of [content.slice(), Buffer.from(content), Buffer.concat([Buffer.alloc(9), content]).subarray(9)])
    for (const [codec, isDoubles] of [
      ['UNCOMPRESSED', false],
      ['ZSTD', false],
      ['ZSTD', true],
    ] as const) {
      const pressed = pressOf(codec, isDoubles)(given)
      expect(Buffer.compare(codec === 'ZSTD' ? zstdDecompressSync(pressed) : pressed, content)).toBe(0)
      const memory = pressed.buffer as ArrayBuffer
      memory.transfer(0)
      expect(given.length).toBe(size)
      expect(Buffer.compare(given, content)).toBe(0)
    }
})
