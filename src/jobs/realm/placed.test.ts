import { createContext, runInContext } from 'node:vm'
import { expect, it } from 'vitest'
import { type Anew, createPlaced, placedText } from './placed.ts'

type Views = readonly { readonly at: number; readonly kept: string }[]

const placed = (anew: Anew, base: number, made: object[] = []): Views =>
  anew()(2, { at: (place) => base + place, kept: ['a', 'b'] }, (view) => made.push(view)) as Views

const getterOf = (view: object, name: string): (() => unknown) => Object.getOwnPropertyDescriptor(view, name)!.get!

it.each<[string, Anew]>([
  ['as it is', () => createPlaced],
  ['compiled anew', () => runInContext(`'use strict';${placedText}`, createContext({}))],
])('shows what stands at a place, on the views of its own list alone: %s', (_, anew) => {
  const made: object[] = []
  const [views, others] = [placed(anew, 10, made), placed(anew, 20)]
  expect(made).toEqual(views)
  expect(views.map(({ at, kept }) => [at, kept])).toEqual([
    [10, 'a'],
    [11, 'b'],
  ])
  expect([Object.keys(views[0]!), Object.isFrozen(views[0]), Reflect.ownKeys(views[0]!)]).toEqual([['at', 'kept'], true, ['at', 'kept']])
  expect(getterOf(views[0]!, 'at')).toBe(getterOf(views[1]!, 'at'))
  expect(getterOf(views[0]!, 'at').call(views[1])).toBe(11)
  expect(Object.create(Object.create(views[1]!)).at).toBe(11)
  for (const stranger of [others[0], Object.create(others[0]!), {}, Object.create(null), 1])
    expect(() => getterOf(views[0]!, 'at').call(stranger)).toThrow(/not its own|'in' operator/)
})
