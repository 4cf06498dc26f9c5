import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventSource, TreeColumns, TreeShape } from '../../tree/shape.ts'
import { bundleProject } from './bundle.ts'
import type { Ran } from './inside.ts'
import { openRealm, type Realm } from './realm.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-realm-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const shape: TreeShape = {
  time: { from: 'numbers', column: 0 },
  spend: {
    from: 'members',
    members: {
      total: {
        from: 'members',
        members: { '1h': { from: 'numbers', column: 1 }, big: { from: 'values', column: 2, shape: { kind: 'int64' } } },
      },
    },
  },
  price: { from: 'values', column: 3, shape: { kind: 'decimal', scale: 2 } },
  events: {
    from: 'values',
    column: 5,
    shape: { kind: 'list', of: { kind: 'event', data: { paid: { kind: 'object', members: { n: { kind: 'plain' } } } } } },
  },
  others: {
    from: 'values',
    column: 6,
    shape: { kind: 'list', of: { kind: 'event', data: { paid: { kind: 'object', members: { n: { kind: 'plain' } } } } } },
  },
  history: { from: 'values', column: 4, shape: { kind: 'list', of: { kind: 'object', members: { n: { kind: 'plain' } } } } },
}
/** Takes stack, as reading stored events does. */
const deep = (frames: number): number => (frames === 0 ? 0 : 1 + deep(frames - 1))
const values = {
  numbers: [Float64Array.of(1000, 2000), Float64Array.of(1.5, Number.NaN)],
  value: (column: number, row: number) => (deep(2000) > 0 ? [null, null, [7n, null], [110n, 25n], [[{ n: 1 }], []]][column]![row]! : null),
}

const lacking = (): never => {
  throw new TypeError('no such column')
}

/** Rows show so many events; what stands at places beyond them is another row's. */
const eventsOf = (counts: readonly number[], base: number): EventSource => ({
  most: 3,
  select: (row) => counts[row]!,
  type: () => 'paid',
  id: (i) => `e${i}`,
  subject: () => 'u',
  time: (i) => base + i,
  fieldOf: () => (i) => base + 10 * i,
})
const sources = [eventsOf([3, 1], 100), eventsOf([3, 3], 200)]
const columns: TreeColumns = { ...values, events: (column: number) => sources[column - 5] }
const withEvents = (of: Partial<EventSource>): TreeColumns => ({
  ...values,
  events: (column) => (column < 5 ? undefined : { ...sources[0]!, ...of }),
})
const madeEvents = [0, 1, 2].map((i) => ({ type: 'paid', id: `e${i}`, subject: 'u', time: 100 + i, data: { n: 100 + 10 * i } }))

const realmOf = async (body: string, before = ''): Promise<Realm> => {
  writeFileSync(
    join(folder, 'index.ts'),
    `import { entity, event, int, job, optional, string, time } from 'millrace'
     ${before}
     const user = entity('user')
     const paid = event('paid', { subject: 'user', time: 'at', data: { user, at: time() } })
     export const x = job('x', { on: paid, fetch: {}, returns: { n: optional(int()), text: optional(string()) }, main: ((tree: any) => { ${body} }) as any })`,
  )
  return openRealm(await bundleProject(join(folder, 'index.ts')))
}

const run = async (body: string, rows = [0], limitMs = 10_000, shown = columns): Promise<readonly (Ran | { failed: string })[]> => {
  const realm = await realmOf(body)
  const guarded = realm.guarded(realm.runner('x', shape, shown), limitMs)
  return rows.map(guarded)
}

describe('realm', () => {
  it('shows main each row of the columns', async () => {
    const body =
      'return { n: tree.time, text: JSON.stringify([tree.spend, tree.price, tree.history, String(tree.spend.total.big)], (k, v) => typeof v === "bigint" ? v + "n" : v) }'
    expect(await run(body, [0, 1])).toEqual([
      { result: { n: 1000, text: '[{"total":{"1h":1.5,"big":"7n"}},1.1,[{"n":1}],"7"]' } },
      { result: { n: 2000, text: '[{"total":{"1h":null,"big":null}},0.25,[],"null"]' } },
    ])
  })
  it.each([
    'tree.time = 1',
    'tree.spend.total["1h"] = 1',
    'tree.history.push(1)',
    'tree.history[0].n = 2',
    'delete tree.spend',
    'tree.events.push(1)',
    'tree.events[0].time = 1',
    'tree.events[0].data.n = 1',
    'Array.prototype.filter = null',
    'Array.prototype.x = 1',
    'Math.max = null',
  ])('lets nothing be changed: %s', async (body) => {
    expect(await run(`${body}; return { n: 1 }`)).toMatchObject([{ failed: 'MAIN_THREW', reason: expect.stringContaining('TypeError') }])
  })
  it('has what is guarded for its own: nothing of the host hangs on it, and nothing done to it reaches the next run', async () => {
    const body = `let text = 'nothing'
      try { text = globalThis.guard.constructor.constructor('return typeof process')() } catch (error) { text = error.constructor === EvalError ? 'EvalError' : 'of the host' }
      Object.freeze(globalThis.guard)
      return { n: tree.time, text }`
    expect(await run(body, [0, 1])).toEqual([{ result: { n: 1000, text: 'EvalError' } }, { result: { n: 2000, text: 'EvalError' } }])
  })
  it('shows events where they lie, as plain objects', async () => {
    const body = `const [first] = tree.events
      const all = tree.events.map(({ id, time, data }) => [id, time, data.n])
      return { n: tree.events.length, text: JSON.stringify([all, first, { ...first.data }, Object.keys(first), Object.getPrototypeOf(first) === Object.prototype]) }`
    const first = { type: 'paid', id: 'e0', subject: 'u', time: 100, data: { n: 100 } }
    const keys = ['type', 'id', 'subject', 'time', 'data']
    const all = [0, 1, 2].map((i) => [`e${i}`, 100 + i, 100 + 10 * i])
    expect(await run(body, [0, 1])).toEqual([
      { result: { n: 3, text: JSON.stringify([all, first, { n: 100 }, keys, true]) } },
      { result: { n: 1, text: JSON.stringify([all.slice(0, 1), first, { n: 100 }, keys, true]) } },
    ])
  })
  it.each([
    'JSON.stringify(Object.getOwnPropertyDescriptors(tree.events[0]))',
    'JSON.stringify([Object.getOwnPropertyDescriptor(tree.events[1], "time"), Object.getOwnPropertyDescriptor(tree.events[1], "no")])',
    'JSON.stringify(Object.getOwnPropertyDescriptor(tree.events[1], "data"))',
    'String(tree.events[0].__lookupGetter__("time")) + Object.create(tree.events[0]).__lookupSetter__("time")',
    'Object.create(Object.create(tree.events[1])).time + "" + { __proto__: tree.events[0] }.id',
    'tried(() => { tree.events[0].time = 1 })',
    'tried(() => { tree.events[0].data.n = 1 })',
    'tried(() => { tree.events[0].other = 1 })',
    'tried(() => { Object.create(tree.events[0]).time = 1 })',
    'tried(() => Object.assign(tree.events[0], { id: "x" }))',
    'tried(() => { delete tree.events[0].time })',
    'tried(() => Object.defineProperty(tree.events[0], "time", { value: 1 }))',
    'tried(() => tree.events[0].time())',
    'tried(() => tree.events[9].time)',
    'JSON.stringify([Object.isFrozen(tree.events[0]), Object.entries(tree.events[0]), structured(tree.events[0])])',
  ])('gives one result whether events lie in tables or are made: %s', async (text) => {
    const body = `const tried = (work: any) => { try { return 'gave ' + work() } catch (error: any) { return error.name + ': ' + error.message } }
      const structured = ({ data, ...rest }: any) => ({ ...rest, data: { ...data } })
      return { text: ${text} }`
    const made = { ...columns, events: () => undefined, value: (column: number) => (column === 5 ? madeEvents : null) }
    const [lying, plain] = [await run(body), await run(body, [0], 10_000, made)]
    expect(lying).toEqual(plain)
    expect(lying).toMatchObject([{ result: { text: expect.any(String) } }])
  })
  it.each([
    'new Date()',
    'Math.random()',
    'new Intl.NumberFormat()',
    'Math.sin(1)',
    '"a".localeCompare("b")',
    'setTimeout(() => 1)',
    'performance.now()',
  ])('has no %s', async (expression) => {
    expect(await run(`const f = () => ${expression}; f(); return { n: 1 }`)).toMatchObject([{ failed: 'MAIN_THREW' }])
  })
  it.each([
    ['return { get n() { throw new Error("boom") } }', 'Error: boom'],
    ['throw Object.create(null)', 'main threw a value that has no text'],
    ['throw { toString() { throw 1 } }', 'main threw a value that has no text'],
    ['throw Object.defineProperty(new Error("a"), "message", { get() { throw 1 } })', 'main threw a value that has no text'],
    ['throw Symbol("x")', 'Symbol(x)'],
    ['throw new Error("a\\ud800b")', 'Error: a\ufffdb'],
    ['throw "x".repeat(1e6)', `${'x'.repeat(1000)}…`],
  ])('makes a cause of whatever is thrown: %s', async (body, reason) => {
    expect(await run(body)).toEqual([{ failed: 'MAIN_THREW', reason }])
  })
  it('has no way out through the tree', async () => {
    expect(await run('return { text: String(tree.constructor.constructor("return process")()) }')).toMatchObject([{ failed: 'MAIN_THREW' }])
    expect(await run('return { text: String(tree.history.constructor.constructor("return process")()) }')).toMatchObject([
      { failed: 'MAIN_THREW' },
    ])
  })
  it('has no way out through what the host throws when main has used up the stack', async () => {
    const probe = `const read = (depth) => (depth === 0 ? tree.history : read(depth - 1))
      const plain = (depth) => (depth === 0 ? tree.time : plain(depth - 1))
      const kinds = new Set()
      let depth = 1000
      try { for (;;) { plain(depth); depth = Math.ceil(depth * 1.1) } } catch {}
      for (; depth > 0; depth -= 100) {
        try { read(depth); break } catch (error) {
          try { kinds.add(error.constructor.constructor('return typeof process')()) } catch { kinds.add('none') }
        }
      }
      return { text: [...kinds].join() }`
    expect(await run(probe)).toEqual([{ result: { n: null, text: 'none' } }])
  })
  it.each<[string, string, Partial<EventSource>, string]>([
    ["a text of the project's choice", "Function.prototype.toString = () => ')('", {}, '[{"n":100},{"n":110},{"n":120}]'],
    ['a reader of a field', '', { fieldOf: lacking }, 'none: no such column'],
    ['a column of a table', '', { table: { rows: new Int32Array(3), time: new Float64Array(3), column: lacking } }, 'none: no such column'],
  ])(
    'has no way out through what the host throws while the view is made, however definitions catch it: %s',
    async (_, before, of, text) => {
      const catching = `${before}
      const caught: any[] = []
      const { map } = Array.prototype
      Array.prototype.map = function (this: any, ...given: any) {
        try { return map.apply(this, given) } catch (error) { caught.push(error); return [] }
      } as any`
      const body = `const way = (error: any) => { try { return error.constructor.constructor('return typeof process')() } catch { return 'none' } }
      for (const error of caught) return { text: way(error) + ': ' + error.message }
      return { text: JSON.stringify(tree.events.map(({ data }) => data)) }`
      const runner = (await realmOf(body, catching)).runner('x', shape, withEvents(of))
      expect(runner.run(0)).toEqual({ result: { n: null, text } })
    },
  )
  it('throws what the host throws while the view is made', async () => {
    const realm = await realmOf('return { n: 1 }')
    expect(() => realm.runner('x', shape, withEvents({ fieldOf: lacking }))).toThrow('no such column')
  })
  it('gives definitions nothing of the host when they set what the realm is started by', async () => {
    const before = `declare let project: any
      let given: any
      const { has } = Map.prototype
      Map.prototype.has = function (key) {
        try { project = { ...project, createRunner: (_: any, options: any) => { given = options } } } catch {}
        return has.call(this, key)
      }`
    const runner = (await realmOf('return { text: typeof given }', before)).runner('x', shape, columns)
    expect(runner.run(0)).toEqual({ result: { n: null, text: 'undefined' } })
  })
  it('makes an endless loop a result with its cause, and goes on', async () => {
    expect(await run('while (tree.time === 1000) {} return { n: 2 }', [0, 1], 50)).toEqual([
      { failed: 'MAIN_TIMEOUT', reason: 'main ran longer than 50 ms' },
      { result: { n: 2, text: null } },
    ])
  })
  it('checks what main returns', async () => {
    expect(await run('return { n: 1.5 }')).toMatchObject([
      { failed: 'RESULT_INVALID', reason: expect.stringContaining('INTEGER_EXPECTED at n') },
    ])
    expect(await run('return { m: 1 }')).toMatchObject([
      { failed: 'RESULT_INVALID', reason: expect.stringContaining('FIELD_UNKNOWN at m') },
    ])
    expect(await run('return null')).toMatchObject([{ failed: 'RESULT_INVALID' }])
    expect(await run('return { text: "x".repeat(2 ** 20 + 1) }')).toMatchObject([
      { failed: 'RESULT_INVALID', reason: expect.stringContaining('at most 1048576 characters') },
    ])
    expect(await run('return { text: "x".repeat(2 ** 20) }')).toMatchObject([{ result: { n: null } }])
  })
  it('has its own exp, log and pow', async () => {
    expect(await run('return { text: [Math.pow(2, 0.5), Math.exp(1), Math.log2(8)].join() }')).toEqual([
      { result: { n: null, text: '1.4142135623730951,2.718281828459045,3' } },
    ])
  })
})
