/** An engine against brute force: the same trees, byte for byte, where no case says what is right. */

import { MillraceError } from '../base/error.ts'
import { canonical } from '../model/json.ts'
import { jsonOf } from '../oracle/node.ts'
import { bruteTree } from './brute.ts'
import { mismatches } from './compare.ts'
import type { Case, CaseEngine } from './engine.ts'
import { type CaseFile, generateCase } from './generate.ts'
import { caseOf } from './read.ts'
import { answered, type Difference, placed } from './run.ts'
import { shrink } from './shrink.ts'

/** What an engine gives otherwise than brute force does; `expected` is the latter's. */
const differencesFromBrute = async (testCase: Case, engine: CaseEngine, backend: string): Promise<readonly Difference[]> => {
  const session = await engine.open(testCase, backend)
  try {
    const differences: Difference[] = []
    for (const root of testCase.roots) {
      const about = {
        case: testCase.name,
        file: testCase.file,
        engine: engine.name,
        backend,
        root: `${root.name}, ${canonical(root.read)}`,
      }
      const right = bruteAnswer(testCase, root)
      const answer = await answered(session, root)
      if ('error' in right || 'error' in answer) {
        const [expected, got] = [right, answer].map((one) => ('error' in one ? one.error : 'a tree')) as [string, string]
        if (expected !== got) differences.push({ ...about, expected, got: 'error' in answer ? answer.message : got })
        continue
      }
      differences.push(
        ...mismatches(right.tree, answer.tree, { exact: true }).map((mismatch) => ({ ...about, ...placed(testCase, mismatch) })),
      )
    }
    return differences
  } finally {
    await session.close()
  }
}

const bruteAnswer = (testCase: Case, root: Case['roots'][number]) => {
  try {
    return { tree: jsonOf(bruteTree(testCase, root)) }
  } catch (error) {
    if (error instanceof MillraceError) return { error: error.code }
    throw error
  }
}

export interface Found {
  readonly seed: number
  /** As small as it gets. */
  readonly case: CaseFile
  readonly differences: readonly Difference[]
}

/** The first seed from `from` on, of `count`, for which the engine differs from brute force; undefined where it never does. */
export const fuzz = async (
  engine: CaseEngine,
  backend: string,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<Found | undefined> => {
  const compare = (file: CaseFile) => differencesFromBrute(asCase(file), engine, backend)
  for (let seed = from; seed < from + count; seed++) {
    const file = generateCase(seed)
    if ((await compare(file)).length === 0) continue
    const smallest = await shrink(file, async (smaller) => {
      try {
        return (await compare(smaller)).length > 0
      } catch {
        return false // not a case any more
      }
    })
    return { seed, case: smallest, differences: await compare(smallest) }
  }
  return undefined
}

export const asCase = (file: CaseFile): Case => caseOf({ file: 'generated', name: file.name, value: file }).testCase
