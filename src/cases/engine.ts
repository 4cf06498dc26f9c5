/** What a case file says, read; and the port by which engines and backends are plugged into the runner. */
import type { EventVersion, Read } from '../model/event.ts'
import type { Json } from '../model/json.ts'
import type { FetchPlan, Named, ProjectPlan } from '../model/plan.ts'
import type { OracleRoot } from '../oracle/tree.ts'
import type { NewEvent } from '../store/center/port.ts'

export interface Case {
  readonly name: string
  /** The file it stands in. */
  readonly file: string
  readonly plan: ProjectPlan
  /** What a tree is made of: every definition under its own name, unless the case says otherwise. */
  readonly fetch: Named<FetchPlan>
  /** Body of main. */
  readonly main?: string
  /** What was offered, in order, with the stamps that the case gives; refused records are not among them. */
  readonly offered: readonly Offered[]
  /** What is held when all of it is recorded: every version, in the order of recording. */
  readonly versions: readonly EventVersion[]
  readonly roots: readonly CaseRoot[]
  /** Engines that are not asked. */
  readonly unless: readonly string[]
}

export interface Offered {
  readonly event: NewEvent
  readonly recordedAt: number
  readonly knownAt: number
}

export interface CaseRoot {
  /** As the case writes it, for messages: `payment b`, `at 3000, user u1`. */
  readonly name: string
  readonly root: OracleRoot
  readonly read: Read
  readonly asOf: 'event' | 'arrival'
  readonly expected: Expected
}

export interface Expected {
  /** Of the tree, or of what is named in it. */
  readonly tree?: Json
  /** Whether `tree` is the whole tree. */
  readonly exact: boolean
  /** What main gives. */
  readonly result?: Json
  /** The code that the tree, or main over it, fails with. */
  readonly error?: string
  /** Largest difference between numbers, relative to those above 1; for values from elsewhere. */
  readonly within?: number
}

/** Engine's answer for one root. `result` is there when main was wanted: when `expected` has a result or an error and the case a main. */
export type CaseAnswer = { readonly tree: Json; readonly result?: Json } | { readonly error: string; readonly message: string }

export interface CaseSession {
  /** Throws a MillraceError, or gives its code, where there is no answer; anything else thrown is a bug and reported as one. */
  answer(root: CaseRoot): CaseAnswer | Promise<CaseAnswer>
  close(): void | Promise<void>
}

export interface CaseEngine {
  readonly name: string
  /** The backends it can read from; an engine that reads the case's versions as they are names `memory`. */
  readonly backends: readonly string[]
  /** Makes a case's events readable. Throws where the engine cannot take the case: that is a failure. */
  open(testCase: Case, backend: string): CaseSession | Promise<CaseSession>
}

/** Whether a root's answer needs main. */
export const wantsMain = ({ main }: Case, { expected }: CaseRoot): boolean =>
  main !== undefined && (expected.result !== undefined || expected.error !== undefined)
