import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPrng } from '../../../../base/prng.ts'
import { createSimulatedDisk } from '../../../disk/simulated/disk.ts'
import { createRunFile, openRunFile } from './file.ts'
import { elementsOf } from './numbers.ts'
import { createPageCache, readElements } from './pages.ts'

describe('pages', () => {
  it('give elements by number and by range, within the budget', async () => {
    const disk = createSimulatedDisk(createPrng(1)).mount()
    const file = createRunFile(disk, 'x.run', () => undefined)
    const numbers = Uint32Array.from({ length: 50_000 }, (_, i) => (i * 2_654_435_761) >>> 0)
    await file.add(new Uint8Array(77), 4096)
    const section = await file.add(new Uint8Array(numbers.buffer), 4096)
    await file.finish({})
    const cache = createPageCache(20_000)
    const opened = openRunFile<object>(disk, 'x.run')
    const reader = readElements({ ...opened, cache }, section, 4, 'numbers')
    fc.assert(
      fc.property(fc.nat({ max: 50_000 }), fc.nat({ max: 50_000 }), (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const found = Uint32Array.from(reader.range(from, to))
        expect(Buffer.compare(Buffer.from(found.buffer), Buffer.from(numbers.slice(from, to).buffer))).toBe(0)
        if (from < 50_000) expect(reader.at(from)).toBe(numbers[from])
        expect(cache.bytes()).toBeLessThanOrEqual(20_000)
      }),
    )
    expect(cache.bytes()).toBeGreaterThan(0)
  })

  it.each([1, 2, 4, 8] as const)('give elements of %d bytes at any places, few or many, in one page or far apart', async (width) => {
    const disk = createSimulatedDisk(createPrng(2)).mount()
    const file = createRunFile(disk, 'x.run', () => undefined)
    const rows = 200_000
    const random = createPrng(3)
    const elements = elementsOf(new Uint8Array(rows * width), width)
    for (let i = 0; i < rows; i++) elements[i] = Math.floor(random() * 251)
    const section = await file.add(new Uint8Array(elements.buffer), 1024 * width)
    await file.finish({})
    const reader = readElements({ ...openRunFile<object>(disk, 'x.run'), cache: createPageCache(20_000) }, section, width, 'numbers')
    fc.assert(
      fc.property(fc.nat({ max: rows - 1 }), fc.integer({ min: 1, max: 3000 }), fc.nat({ max: 400 }), (first, step, count) => {
        const places = Uint32Array.from({ length: count }, (_, i) => first + i * step).filter((place) => place < rows)
        const into = elementsOf(new Uint8Array(places.length * width), width)
        reader.gather(places, into)
        expect([...into]).toEqual(Array.from(places, (place) => elements[place]))
      }),
    )
  })

  it('that were met again outlive those that were not', () => {
    const cache = createPageCache(300)
    const held = { pages: new Array(5), used: new Uint8Array(5) }
    const page = () => new Uint8Array(100)
    for (const key of [1, 2, 3]) cache.put(held, key, page())
    held.used[1] = 1
    cache.put(held, 4, page())
    expect([1, 2, 3, 4].map((key) => held.pages[key] !== undefined)).toEqual([true, false, true, true])
    expect(cache.bytes()).toBe(300)
  })
})
