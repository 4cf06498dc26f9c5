import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleProject } from './bundle.ts'
import { checkPurity } from './purity.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-purity-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const findingsIn = async (main: string, head = '', helper = ''): Promise<readonly string[]> => {
  writeFileSync(join(folder, 'helper.ts'), `export const help = (n: number): number => n\n${helper}`)
  writeFileSync(
    join(folder, 'index.ts'),
    `import * as helper from './helper.ts'\n${head}\nexport const used = helper\nexport const main = (tree: any): any => {\n${main}\n}\n`,
  )
  return checkPurity(await bundleProject(join(folder, 'index.ts'))).map(
    ({ rule, file, line }) => `${rule} ${file.split('/').at(-1)}:${line}`,
  )
}

describe('purity', () => {
  it('passes what only reads its tree', async () => {
    const body = `const found: number[] = []
      for (const value of tree.list) found.push(value)
      const counts = new Map<string, number>()
      counts.set('a', Math.max(1, Math.pow(2, 3)))
      let total = 0
      found.forEach((n) => { total += n })
      return { total, size: counts.size, text: JSON.stringify(found), big: BigInt(1), limits, own: Object.hasOwn(tree, 'a'), word: tree.toString(), has: tree.hasOwnProperty('b') }`
    expect(await findingsIn(body, 'const limits = [1, 2].map((n) => n * 2)')).toEqual([])
  })
  it.each([
    ['clock', 'return Date.now()'],
    ['clock', 'return new Date()'],
    ['clock', 'setTimeout(() => 1)'],
    ['clock', 'return performance.now()'],
    ['random', 'return Math.random()'],
    ['random', 'return crypto.randomUUID()'],
    ['io', 'return fetch("x")'],
    ['io', 'return process.env'],
    ['locale', 'return new Intl.NumberFormat()'],
    ['locale', 'return "a".localeCompare("b")'],
    ['locale', 'return (1.5).toLocaleString()'],
    ['arithmetic', 'return tree.a ** 2'],
    ['arithmetic', 'return Math.sin(tree.a)'],
    ['state', 'return globalThis'],
    ['state', 'return eval("1")'],
    ['state', 'return tree.constructor'],
    ['state', 'return tree["__proto__"]'],
    ['unknown', 'return valueOf'],
    ['unknown', '// @ts-ignore\n return somethingElse'],
  ])('finds %s in %s', async (rule, body) => {
    const line = 4 + body.split('\n').length
    expect(await findingsIn(body)).toContain(`${rule} index.ts:${line}`)
  })
  it.each([
    ['let runs = 0', 'runs++'],
    ['let last: unknown', 'last = tree'],
    ['const seen = new Set<number>()', 'seen.add(1)'],
    ['const cache: Record<string, number> = {}', 'cache[tree.key] = 1'],
    ['const deep = { list: [] as number[] }', 'deep.list.push(1)'],
    ['const gone: any = { a: 1 }', 'delete gone.a'],
  ])('finds state kept in "%s" by "%s"', async (head, body) => {
    expect(await findingsIn(body, head)).toEqual(['state index.ts:5'])
  })
  it('follows imports', async () => {
    expect(await findingsIn('return 1', '', 'let n = 0\nexport const next = () => ++n')).toEqual(['state helper.ts:3'])
  })
  it('refuses to import while running', async () => {
    await expect(findingsIn('return import("./helper.ts")')).rejects.toThrow(/index\.ts:5:\d+: import\('\.\/helper\.ts'\)/)
  })
  it('refuses what Node offers, with file and line', async () => {
    await expect(findingsIn('return 1', "import { readFileSync } from 'node:fs'\nexport const r = readFileSync")).rejects.toThrow(
      /index\.ts:2:\d+: 'node:fs' cannot be imported/,
    )
  })
})
