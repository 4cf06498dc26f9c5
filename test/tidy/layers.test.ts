/** Holds the code to the table of rooms in docs/architecture.md. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isTest, type Source, sourcesIn, top } from './sources.ts'

interface Room {
  readonly floor: number
  readonly isPure: boolean
}

const rooms = new Map<string, Room>(
  [...readFileSync(join(top, 'docs/architecture.md'), 'utf8').matchAll(/^\| (\w+) +\| (\d+) +\| (yes|no) +\|/gm)].map(
    ([, name, floor, pure]) => [name!, { floor: Number(floor), isPure: pure === 'yes' }],
  ),
)
const entry = { floor: 99, isPure: false }
const roomOf = (path: string): string => path.split('/')[1]!
const ruleOf = (path: string): Room =>
  path.split('/').length === 2 ? entry : (rooms.get(roomOf(path)) ?? { floor: Number.NaN, isPure: false })

const sources = sourcesIn('src')
const code = sources.filter(({ path }) => !isTest(path))

const impure = [
  [/\bnew Date\(\)|\bDate\.now\b|\bperformance\.now\b/, 'reads a clock'],
  [/\bMath\.random\b|\bcrypto\./, 'is random'],
  [/\bset(?:Timeout|Interval|Immediate)\(/, 'has a timer'],
  [/\bprocess\.|\bBuffer\b|\brequire\(/, 'uses Node'],
] as const

const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ' ')).replaceAll(/\/\/.*/g, '')

const impurities = ({ path, text, packages }: Source): readonly string[] => [
  ...packages.map(({ name, line }) => `${path}:${line}: a pure room imports '${name}'`),
  ...withoutComments(text)
    .split('\n')
    .flatMap((line, i) => impure.filter(([pattern]) => pattern.test(line)).map(([, what]) => `${path}:${i + 1}: a pure room ${what}`)),
]

describe('layers', () => {
  it('has a floor for every room', () => {
    expect(rooms.size).toBeGreaterThan(8)
    expect(code.filter(({ path }) => Number.isNaN(ruleOf(path).floor)).map(({ path }) => path)).toEqual([])
  })

  it('imports downwards only', () => {
    const wrong = code.flatMap(({ path, imports }) =>
      imports
        .filter((imported) => roomOf(imported.path) !== roomOf(path) && ruleOf(imported.path).floor >= ruleOf(path).floor)
        .map((imported) => `${path}:${imported.line}: '${roomOf(path)}' may not import '${imported.path}'`),
    )
    expect(wrong).toEqual([])
  })

  it('keeps pure rooms pure', () => {
    expect(code.filter(({ path }) => ruleOf(path).isPure).flatMap(impurities)).toEqual([])
  })

  it('has no import cycles', () => {
    const graph = new Map(code.map(({ path, imports }) => [path, imports.filter(({ isType }) => !isType).map((imported) => imported.path)]))
    const done = new Set<string>()
    const cycle = (path: string, trail: readonly string[]): string | undefined => {
      if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path].join(' → ')
      if (done.has(path)) return undefined
      for (const next of graph.get(path) ?? []) {
        const found = cycle(next, [...trail, path])
        if (found !== undefined) return found
      }
      done.add(path)
      return undefined
    }
    expect([...graph.keys()].map((path) => cycle(path, [])).filter((found) => found !== undefined)).toEqual([])
  })

  it('keeps files short', () => {
    const long = sources
      .filter(({ path }) => !path.endsWith('.types.ts'))
      .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
      .filter(({ lines }) => lines > 350)
    expect(long).toEqual([])
  })
})
