import { expect, it } from 'vitest'
import { sharesOf } from './memory.ts'

it('a limit is divided, never given out twice, and refused where nothing could keep to it', () => {
  for (const mb of [384, 512, 2048, 16_384]) {
    const { seriesBytes, cacheBytes, flushBytes, partBytes, mergeBytes } = sharesOf(mb * 2 ** 20)
    // What is kept, events in memory at ten times their bytes in the log, and the one of parts and merges that is larger, three times over.
    const most = seriesBytes + cacheBytes + 10 * flushBytes + 3 * Math.max(partBytes, mergeBytes)
    expect(most).toBeLessThan((mb - 200) * 2 ** 20)
    expect(Math.min(seriesBytes, cacheBytes, flushBytes, partBytes, mergeBytes)).toBeGreaterThan(1 << 20)
  }
  expect(() => sharesOf(383 * 2 ** 20)).toThrow(expect.objectContaining({ code: 'MEMORY_TOO_SMALL' }))
  expect(sharesOf(undefined).cacheBytes).toBe(256 * 2 ** 20)
})
