/** Holds docs/errors.md to the sources: every code that they can show is there, and no other. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { isTest, sourcesIn, top } from './sources.ts'

const sorts = ['Definitions', 'Records', 'Reading', 'Storing', 'Jobs', 'Requests', 'Command line']

/** Words in capitals that are no codes of ours: names of other standards. What is in no list here counts as a code. */
const foreign = {
  parquet: [
    ...['BOOLEAN', 'BYTE_ARRAY', 'DECIMAL', 'DOUBLE', 'FIXED_LEN_BYTE_ARRAY', 'MILLIS', 'STRING', 'TIMESTAMP', 'ENUM', 'JSON', 'UINT'],
    ...['TIMESTAMP_MILLIS', 'OPTIONAL', 'REQUIRED', 'ZSTD', 'UNCOMPRESSED', 'PLAIN', 'RLE_DICTIONARY', 'PARE'],
  ],
  'first bytes of our files': ['MRAMD', 'MRDEAD', 'MRRUN', 'MRRUNEND'],
  'Node, HTTP, JavaScript and the environment': ['GLIBC_TUNABLES', 'MILLRACE_STARTED', 'NO_COLOR', 'POST', 'SIGINT', 'SIGTERM', 'SQRT1_2'],
}

const shape = /^(?:[A-Z]{4,}|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)$/

/** A type, a comparison or a case only speaks of a code; elsewhere it is given. */
const isGiven = ({ parent }: ts.Node): boolean =>
  !(
    ts.isLiteralTypeNode(parent) ||
    ts.isCaseClause(parent) ||
    (ts.isBinaryExpression(parent) && /^[=!]==$/.test(parent.operatorToken.getText()))
  )

const wordsOf = (path: string, text: string): readonly { readonly word: string; readonly place: string }[] => {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
  const found: { word: string; place: string }[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) && shape.test(node.text) && isGiven(node))
      found.push({ word: node.text, place: `${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}` })
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

const words = sourcesIn('src')
  .filter(({ path }) => !isTest(path))
  .flatMap(({ path, text }) => wordsOf(path, text))
const used = new Set(words.map(({ word }) => word))

interface Row {
  readonly sort: string
  readonly code: string
  readonly meaning: string
  readonly remedy: string
}

const documented: readonly Row[] = readFileSync(join(top, 'docs/errors.md'), 'utf8')
  .split(/^## /m)
  .slice(1)
  .flatMap((part) =>
    [...part.matchAll(/^\| `([A-Z0-9_]+)` *\| (.*?) *\| (.*?) *\|$/gm)].map(([, code, meaning, remedy]) => ({
      sort: part.split('\n')[0]!,
      code: code!,
      meaning: meaning!,
      remedy: remedy!,
    })),
  )
const codes = documented.map(({ code }) => code)

describe('codes of failures', () => {
  it('tells a code that is given from one that is spoken of', () => {
    const text = "type A = 'IN_TYPE'\nconst b = a === 'IN_TEST' ? 'GIVEN_A' : fail('GIVEN_B', `GIVEN_C`, 'Given_D', 'OK')"
    expect(wordsOf('a.ts', text)).toEqual(['A', 'B', 'C'].map((which) => ({ word: `GIVEN_${which}`, place: 'a.ts:2' })))
  })

  it('are documented, each of them', () => {
    const known = new Set<string>([...codes, ...Object.values(foreign).flat()])
    expect(words.filter(({ word }) => !known.has(word)).map(({ word, place }) => `${place}: ${word} is not in docs/errors.md`)).toEqual([])
  })

  it('are given somewhere when they are documented', () => {
    expect(codes.filter((code) => !used.has(code))).toEqual([])
    expect(
      Object.values(foreign)
        .flat()
        .filter((word) => !used.has(word) || codes.includes(word)),
    ).toEqual([])
  })

  it('stand once, in the order of the alphabet, with meaning and remedy', () => {
    expect([...new Set(documented.map(({ sort }) => sort))]).toEqual(sorts)
    for (const sort of sorts) {
      const own = documented.filter((row) => row.sort === sort).map(({ code }) => code)
      expect(own).toEqual(own.toSorted())
    }
    expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([])
    expect(documented.filter(({ meaning, remedy }) => meaning.length < 10 || remedy.length < 5)).toEqual([])
  })
})
