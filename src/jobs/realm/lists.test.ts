import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frozenList, quickMethods } from './lists.ts'

type Method = (this: readonly unknown[], ...given: readonly unknown[]) => unknown
const methods = Object.entries(quickMethods) as unknown as readonly [keyof typeof quickMethods, Method][]

/** What it gave or threw, and everything that its callback was given. */
const traced = (method: Method, list: readonly unknown[], more: readonly unknown[]): unknown => {
  const calls: unknown[] = []
  const callback = function (this: unknown, ...given: unknown[]) {
    calls.push([this, given.slice(0, -1), given.at(-1) === list])
    if (given.includes(13)) throw new RangeError('thirteen')
    return Number(given.at(-3)) % 3 === 0
  }
  try {
    const gave = method.call(list, callback, ...more)
    return [gave, Array.isArray(gave) && Object.isFrozen(gave), calls]
  } catch (error) {
    return [String(error), calls]
  }
}

describe('lists of the tree', () => {
  it.each(methods)('are gone through by %s as the engine does, marked or not', (name, quick) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 14 })), fc.constantFrom([], [undefined], ['own'], [7]), (items, more) => {
        const own = Array.prototype[name] as Method
        for (const list of [frozenList(items.slice()), items.slice()]) expect(traced(quick, list, more)).toEqual(traced(own, list, more))
      }),
      { numRuns: 200 },
    )
  })
  it.each(methods)('refuse in %s what is no function, as the engine does', (name, quick) => {
    const list = frozenList([1, 2])
    for (const wrong of [undefined, null, 1, {}]) {
      expect(() => quick.call(list, wrong)).toThrow(TypeError)
      expect(() => (Array.prototype[name] as Method).call(list, wrong)).toThrow(TypeError)
    }
    expect(() => quick.call(null as never, () => true)).toThrow(TypeError)
    expect(quick.call({ length: 1, 0: 5 } as never, (value: unknown) => value === 5)).toEqual(
      (Array.prototype[name] as Method).call({ length: 1, 0: 5 } as never, (value: unknown) => value === 5),
    )
  })
  it('are frozen arrays without a key more', () => {
    const list = frozenList([1, 2])
    expect([Array.isArray(list), Object.isFrozen(list), Reflect.ownKeys(list)]).toEqual([true, true, ['0', '1', 'length']])
  })
})
