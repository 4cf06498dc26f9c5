import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

/**
 * What the compiler pays for a large project: instantiations of types, which do not depend on the machine. A project of 1,000
 * features was checked in 1.5 s (2.7 s with everything around it) on two busy cores; the bounds leave room for a tenth more.
 */

interface Size {
  readonly groups: number
  readonly features: number
  readonly jobs: number
  /** Groups that each job fetches. */
  readonly fetched: number
}

const aggregates = [
  'sum(p.amount)',
  'count()',
  "count().where(p.status.is('refused'))",
  'mean(p.amount)',
  'deviation(p.amount).where(p.amount.above(10))',
  'distinctCount(p.merchant)',
  'max(p.amount).default(0)',
  "sum(p.amount).where(p.country.is('GB').and(p.amount.atLeast(100)))",
  'last(p.country)',
  'count().groupBy(p.category)',
  'percentile(p.amount, 95)',
  "sum(p.tax).over('30d')",
  'min(p.serial)',
  'collect(p.merchant, { limit: 10 })',
  "rate({ per: '1h' })",
  'topK(p.amount, 3)',
  'timeSince()',
  'distinct(p.country)',
  "decayedSum(p.amount, { halfLife: '6h' })",
  'lastK(p.amount, 5)',
]
const dimensions = ['user', 'card', 'device', 'merchant', 'country']
const windowLists = ["'1h', '24h', '7d', '30d'", "'10m', '1h', '30d'", "'1h', '24h', '30d', '30d to 7d', 'lifetime'"]
const eventTypes = 5
const list = (n: number, write: (i: number) => string): string => Array.from({ length: n }, (_, i) => write(i)).join('\n')

const eventsFile = () => `import { decimal, double, entity, event, int, int64, oneOf, optional, string, time } from 'millrace'
export const user = entity('user'), card = entity('card'), device = entity('device'), merchant = entity('merchant')
${list(
  eventTypes,
  (e) => `export const event${e} = event('event-${e}', { subject: 'user', time: 'at', data: {
  user, card, device: optional(device), merchant, at: time(), amount: decimal(2), tax: double(), items: int(), serial: int64(), country: string(),
  category: oneOf('food', 'travel', 'electronics', 'cash', 'other'), status: oneOf('approved', 'refused'), note: optional(string()) } })`,
)}`

const featuresFile = ({ groups, features }: Size) => `import {
  collect, count, decayedSum, deviation, distinct, distinctCount, last, lastK, max, mean, min, percentile, rate, sum, timeSince, topK, windows } from 'millrace'
import * as events from './events.ts'
${list(
  groups,
  (
    g,
  ) => `export const group${g} = windows('group-${g}', { of: events.event${g % eventTypes}, by: '${dimensions[g % 5]}', over: [${windowLists[g % 3]}], features: (p) => ({
${list(features, (f) => `  feature${f}: ${aggregates[f % aggregates.length]},`)} }) })`,
)}`

const jobsFile = ({ groups, jobs, fetched }: Size) => {
  const picked = (job: number) => Array.from({ length: fetched }, (_, i) => (job * 7 + i) % groups)
  return `import { double, job } from 'millrace'
import * as events from './events.ts'
import * as f from './features.ts'
${list(
  jobs,
  (j) => `export const job${j} = job('job-${j}', { on: events.event${j % eventTypes}, returns: { score: double() },
  fetch: { ${picked(j)
    .map((g) => `g${g}: f.group${g}`)
    .join(', ')} },
  main: (tree) => ({ score: 0
${picked(j)
  .map((g) => `    + (tree.g${g}.feature0['1h'] ?? 0) + tree.g${g}.feature1['30d'] + tree.g${g}.feature5['1h']`)
  .join('\n')} }) })`,
)}`
}

const clientFile = ({ groups, jobs }: Size) => `import { client, project } from 'millrace'
import * as events from './events.ts'
import * as features from './features.ts'
import * as jobs from './jobs.ts'
export const app = project('generated', { ...events, ...features, ...jobs })
export const api = client<typeof app>({ url: '' })
const input = { user: 'u', card: 'c', merchant: 'm', at: 0, amount: 1, tax: 1, items: 1, serial: 1n, country: 'GB', category: 'food', status: 'approved' } as const
export const results = async () => [
${list(Math.min(jobs, 10), (j) => `  (await api.call('job-${j}', input)).score,`)}
${list(Math.min(groups, 10), (g) => `  (await api.query('group-${g}', { key: { ${dimensions[g % 5]}: 'k' } })).feature0['1h'],`)}
]`

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const folder = resolve(root, 'generated')

/** Files on disk, parsed once for all the projects. */
const parsed = new Map<string, ts.SourceFile | undefined>()

/** Checks files that exist in memory only, beside the package, by the package's own settings. */
const compiled = (files: {
  readonly [name: string]: string
}): { readonly instantiations: number; readonly messages: readonly string[] } => {
  const { config } = ts.readConfigFile(resolve(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson((config as { readonly compilerOptions: object }).compilerOptions, root)
  const named = new Map(Object.entries(files).map(([name, text]) => [resolve(folder, name), text]))
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, directoryExists, readFile } = host
  host.fileExists = (path) => named.has(path) || fileExists(path)
  host.directoryExists = (path) => path === folder || directoryExists?.(path) !== false
  host.readFile = (path) => named.get(path) ?? readFile(path)
  host.getSourceFile = (path, version, ...rest) => {
    const text = named.get(path)
    if (text !== undefined) return ts.createSourceFile(path, text, version)
    if (!parsed.has(path)) parsed.set(path, getSourceFile(path, version, ...rest))
    return parsed.get(path)
  }
  const program = ts.createProgram({ rootNames: [...named.keys()], options: { ...options, noUnusedLocals: false }, host })
  const messages = [...named.keys()].flatMap((path) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(path))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  )
  return { instantiations: program.getInstantiationCount(), messages }
}

const project = (size: Size) => ({
  'events.ts': eventsFile(),
  'features.ts': featuresFile(size),
  'jobs.ts': jobsFile(size),
  'client.ts': clientFile(size),
})

describe('a large project stays cheap to check', () => {
  it('1,000 features in 50 groups, 10 jobs over all of them, and a client', () => {
    const { instantiations, messages } = compiled(project({ groups: 50, features: 20, jobs: 10, fetched: 50 }))
    expect(messages).toEqual([])
    expect(instantiations).toBeLessThan(25_700)
  })

  it('and is checked: a wrong feature is an error', () => {
    const files = project({ groups: 2, features: 6, jobs: 1, fetched: 2 })
    const { messages } = compiled({ ...files, 'jobs.ts': files['jobs.ts'].replace('feature0', 'featureO') })
    expect(messages[0]).toContain("'featureO' does not exist")
  })
})
