/** The oracle as an engine of the runner. */
import { jsonOf, mainOf, type TreeNode } from '../oracle/node.ts'
import { oracleTree } from '../oracle/tree.ts'
import { compileTree } from '../tree/compile.ts'
import { type Case, type CaseAnswer, type CaseEngine, type CaseRoot, wantsMain } from './engine.ts'
import { runMainText } from './main-text.ts'

export const brute: CaseEngine = {
  name: 'brute',
  backends: ['memory'],
  open: (testCase) => {
    compileTree(testCase.plan, testCase.fetch, []) // definitions are judged by the product; what they give, by the oracle
    return {
      answer: (root) => answerOf(testCase, root, bruteTree(testCase, root)),
      close: () => {},
    }
  },
}

export const bruteTree = ({ plan, versions, fetch }: Case, { root, read, asOf }: CaseRoot): TreeNode =>
  oracleTree({ plan, versions, root, fetch, read, asOf })

/** A tree's JSON and, where it is wanted, what the case's main makes of it. */
export const answerOf = (testCase: Case, root: CaseRoot, tree: TreeNode): CaseAnswer => {
  const json = jsonOf(tree)
  if (!wantsMain(testCase, root)) return { tree: json }
  const { meta: _, ...seen } = mainOf(tree) as { readonly [name: string]: unknown } // main is given no notes on the tree
  return { tree: json, result: runMainText(testCase.main!, Object.keys(testCase.fetch), seen) }
}
