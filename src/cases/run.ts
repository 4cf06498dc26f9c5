/** Case files through every engine and backend. */
import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import { type Mismatch, mismatches, shownJson } from './compare.ts'
import type { Case, CaseAnswer, CaseEngine, CaseRoot, CaseSession } from './engine.ts'
import { asMillraceError, caseFiles, caseOf, type RawCase, rawCases, type Unreadable } from './read.ts'
import { isMapping } from './shape.ts'

export interface RunOptions {
  readonly engines: readonly CaseEngine[]
  /** Only these backends. Left out: all that the engines have. */
  readonly backends?: readonly string[]
  /** Only cases whose name contains this text. */
  readonly only?: string
  /** A line of JSON for each case, in place of text. */
  readonly json?: boolean
  /** Takes one line. */
  readonly write: (line: string) => void
}

/** One thing that came out otherwise than the case says. */
export interface Difference {
  readonly case: string
  readonly file: string
  /** `record` is the recording of the case's events, `read` the reading of the file. */
  readonly engine: string
  readonly backend?: string
  readonly root?: string
  readonly feature?: string
  readonly window?: string
  /** The whole path in the tree. */
  readonly at?: string
  readonly expected: string
  readonly got: string
}

export interface RunResult {
  readonly passed: number
  readonly failed: number
}

/**
 * Throws FILE_NOT_FOUND for a path that is not there, CASE_NOT_FOUND where `only` leaves none, BACKEND_UNKNOWN where no engine reads
 * from any of `backends`. A case whose `unless` names all of the engines is neither passed nor failed.
 */
export const runCases = async (paths: readonly string[], options: RunOptions): Promise<RunResult> => {
  const found = caseFiles(paths).flatMap(rawCases)
  const chosen = found.filter((one) => options.only === undefined || 'error' in one || one.name.includes(options.only))
  if (chosen.length === 0)
    throw new MillraceError('CASE_NOT_FOUND', 'no such case', {
      value: options.only ?? paths,
      hint: didYouMean(
        options.only ?? '',
        found.map((one) => one.name),
      ),
    })
  const known = options.engines.flatMap((engine) => engine.backends)
  if (!known.some((backend) => options.backends?.includes(backend) ?? true))
    throw new MillraceError('BACKEND_UNKNOWN', 'no engine reads from it', {
      value: options.backends,
      hint: didYouMean(options.backends?.[0] ?? '', known),
    })
  let passed = 0
  let failed = 0
  for (const one of chosen) {
    if (isExcused(one, options.engines)) continue
    const differences = await judge(one, options)
    if (differences.length > 0) failed++
    else passed++
    report(one, differences, options)
  }
  if (!options.json) options.write(`${passed} passed, ${failed} failed`)
  return { passed, failed }
}

const isExcused = (one: RawCase | Unreadable, engines: readonly CaseEngine[]): boolean => {
  if ('error' in one || !isMapping(one.value)) return false
  const unless = [one.value['unless'] ?? []].flat()
  return engines.every(({ name }) => unless.includes(name))
}

const report = ({ name, file }: RawCase | Unreadable, differences: readonly Difference[], { json, write }: RunOptions): void => {
  if (json) write(JSON.stringify({ case: name, file, passed: differences.length === 0, differences }))
  else for (const difference of differences) write(differenceLine(difference))
}

export const differenceLine = ({ case: name, file, engine, backend, root, feature, window, at, expected, got }: Difference): string =>
  [
    `FAILED ${name} (${file})`,
    `engine ${engine}${backend === undefined ? '' : ` on ${backend}`}`,
    ...(root === undefined ? [] : [`root ${root}`]),
    ...(feature === undefined ? [] : [`feature ${feature}`]),
    ...(window === undefined ? [] : [`window '${window}'`]),
    ...(at === undefined || feature !== undefined ? [] : [`at ${at}`]),
    `expected ${expected}`,
    `got ${got}`,
  ].join(' | ')

/** What is wrong with one case, over all engines and backends; nothing where it passes. */
export const judge = async (
  one: RawCase | Unreadable,
  options: Pick<RunOptions, 'engines' | 'backends'>,
): Promise<readonly Difference[]> => {
  const about = { case: one.name, file: one.file }
  if ('error' in one) return [{ ...about, engine: 'read', expected: 'a case', got: failureText(one.error) }]
  let read: ReturnType<typeof caseOf>
  try {
    read = caseOf(one)
  } catch (error) {
    return [{ ...about, engine: 'read', expected: 'a case', got: failureText(asMillraceError(error)) }]
  }
  const differences: Difference[] = read.surprises.map(({ event, expected, got }) => ({
    ...about,
    engine: 'record',
    at: event,
    expected,
    got,
  }))
  for (const engine of options.engines) {
    if (read.testCase.unless.includes(engine.name)) continue
    const backends = engine.backends.filter((backend) => options.backends?.includes(backend) ?? true)
    for (const backend of backends) differences.push(...(await judgeOn(read.testCase, engine, backend)))
  }
  return differences
}

const failureText = (error: MillraceError): string => `${error.code}: ${error.message}`

const judgeOn = async (testCase: Case, engine: CaseEngine, backend: string): Promise<readonly Difference[]> => {
  const about = { case: testCase.name, file: testCase.file, engine: engine.name, backend }
  let session: CaseSession
  try {
    session = await engine.open(testCase, backend)
  } catch (error) {
    const code = error instanceof MillraceError ? error.code : undefined
    const isExpected = testCase.roots.length > 0 && testCase.roots.every((root) => root.expected.error === code && code !== undefined)
    return isExpected ? [] : [{ ...about, expected: 'an engine that takes the case', got: failure(error) }]
  }
  try {
    const differences: Difference[] = []
    for (const root of testCase.roots) {
      const wrong = judgeAnswer(root, await answered(session, root))
      differences.push(...wrong.map((mismatch) => ({ ...about, root: root.name, ...placed(testCase, mismatch) })))
    }
    return differences
  } finally {
    await session.close()
  }
}

export const answered = async (session: CaseSession, root: CaseRoot): Promise<CaseAnswer> => {
  try {
    return await session.answer(root)
  } catch (error) {
    return { error: error instanceof MillraceError ? error.code : 'CRASH', message: failure(error) }
  }
}

/** A bug of ours is shown with where it is. */
const failure = (error: unknown): string =>
  error instanceof MillraceError ? failureText(error) : error instanceof Error ? (error.stack ?? error.message) : String(error)

const judgeAnswer = ({ expected }: CaseRoot, answer: CaseAnswer): readonly Mismatch[] => {
  const wanted = expected.error ?? shownJson(expected.result ?? expected.tree ?? null)
  if ('error' in answer) return answer.error === expected.error ? [] : [{ path: [], expected: wanted, got: answer.message }]
  if (expected.error !== undefined) return [{ path: [], expected: wanted, got: shownJson(answer.result ?? answer.tree) }]
  const how = { exact: expected.exact, ...(expected.within !== undefined && { within: expected.within }) }
  return [
    ...(expected.tree === undefined ? [] : mismatches(expected.tree, answer.tree, how)),
    ...(expected.result === undefined ? [] : mismatches(expected.result, answer.result, { ...how, exact: true }, ['result'])),
  ]
}

/** For a windows node the path's next two names are a feature and a window. */
export const placed = (
  testCase: Case,
  { path, expected, got }: Mismatch,
): Pick<Difference, 'at' | 'feature' | 'window' | 'expected' | 'got'> => {
  const [node = '', feature, window] = path
  const isWindows = Object.hasOwn(testCase.fetch, node) && testCase.fetch[node]!.sort === 'windows'
  return {
    ...(path.length > 0 && { at: path.join('.') }),
    ...(isWindows && feature !== undefined && { feature: `${node}.${feature}` }),
    ...(isWindows && window !== undefined && { window }),
    expected,
    got,
  }
}
