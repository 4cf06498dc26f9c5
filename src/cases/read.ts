/** Case files: found, parsed, and made into cases. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { MillraceError } from '../base/error.ts'
import type { Case } from './engine.ts'
import { recorded, type Surprise } from './recording.ts'
import { rootOf } from './roots.ts'
import { entriesOf, given, invalid, isMapping, listOf, partOf, textOf, textsOf } from './shape.ts'
import { projectOf } from './short-forms.ts'

/** A case as it stands in a file, not yet judged. */
export interface RawCase {
  readonly file: string
  /** Its name, or its place where it has none. */
  readonly name: string
  readonly value: unknown
}

/** A file, or part of one, that is no case: a failure, whatever it would have said. */
export interface Unreadable {
  readonly file: string
  readonly name: string
  readonly error: MillraceError
}

const endings = ['.yaml', '.yml', '.json']

/** Files of the given paths, folders opened to any depth, each folder in the order of its names. Throws FILE_NOT_FOUND. */
export const caseFiles = (paths: readonly string[]): readonly string[] => paths.flatMap((path) => filesBelow(path))

const filesBelow = (path: string): readonly string[] => {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) throw new MillraceError('FILE_NOT_FOUND', 'no such file or folder', { value: path, hint: 'correct the path' })
  if (!stats.isDirectory()) return [path]
  const inside = readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return inside
    .filter((entry) => entry.isDirectory() || endings.some((ending) => entry.name.endsWith(ending)))
    .flatMap((entry) => filesBelow(join(path, entry.name)))
}

/** The cases of a file: one, or those of its `cases`; of each document, where it has several. */
export const rawCases = (file: string): readonly (RawCase | Unreadable)[] => {
  try {
    const documents = parseAllDocuments(readFileSync(file, 'utf8'), { intAsBigInt: true, merge: true })
    const cases = [...documents].flatMap((document) => {
      const [error] = document.errors
      if (error !== undefined) throw new MillraceError('CASE_UNREADABLE', error.message, { at: file })
      const value = plainNumbers(document.toJS({ maxAliasCount: 10_000 }))
      return isMapping(value) && Object.hasOwn(value, 'cases')
        ? listOf(partOf(value, '', knownKeys(value)).values['cases'], 'cases')
        : [value]
    })
    if (cases.length === 0) throw invalid(file, 'no cases', undefined, 'one case, or cases: […]')
    return cases.map((value, i) => ({
      file,
      name: isMapping(value) && typeof value['name'] === 'string' ? value['name'] : `case ${i + 1}`,
      value,
    }))
  } catch (error) {
    return [{ file, name: 'file', error: asMillraceError(error) }]
  }
}

/** Beside `cases`, keys that begin with `x-` are nobody's: room for anchors. */
const knownKeys = (value: object): readonly string[] => ['cases', ...Object.keys(value).filter((key) => key.startsWith('x-'))]

export const asMillraceError = (error: unknown): MillraceError =>
  error instanceof MillraceError
    ? error
    : new MillraceError('CASE_UNREADABLE', error instanceof Error ? error.message : String(error), { cause: error })

/** Whole numbers are read exactly; those that a number holds exactly become one. */
const plainNumbers = (value: unknown): unknown => {
  if (typeof value === 'bigint') return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (Array.isArray(value)) return value.map(plainNumbers)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plainNumbers(part)]))
}

const caseKeys = ['name', 'project', 'events', 'roots', 'unless', 'comment']

/** Throws CASE_INVALID, and the codes of what a plan or a window text may have wrong. */
export const caseOf = ({ file, name, value }: RawCase): { readonly testCase: Case; readonly surprises: readonly Surprise[] } => {
  const part = partOf(value, '', caseKeys)
  textOf(given(part, 'name'), 'name', 'the name of the case')
  const project = projectOf(given(part, 'project'), 'project')
  const { surprises, ...recording } = recorded(listOf(given(part, 'events') ?? [], 'events'), project.plan, 'events')
  const roots = listOf(given(part, 'roots'), 'roots').map((root, i) => rootOf(root, project, `roots[${i}]`))
  const unless = given(part, 'unless') === undefined ? [] : textsOf(given(part, 'unless'), 'unless')
  if (roots.length === 0 && entriesOf(part, 'project').length === 0)
    throw invalid('roots', 'nothing is asked', undefined, 'at least one root')
  return { testCase: { name, file, ...project, ...recording, roots, unless }, surprises }
}
