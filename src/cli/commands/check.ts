import type { Command } from 'commander'
import { type ErrorCode, MillraceError } from '../../base/error.ts'
import type { ProjectPlan } from '../../model/plan.ts'
import { exitCodes, reportFailure } from '../output.ts'
import { addCommand, onAction } from '../session.ts'

export const registerCheck = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'check',
    summary: 'whether the definitions are valid and every main is pure; lists what is defined',
    examples: ['check', 'check --project examples/cards', 'check --json'],
  })
  onAction(command, async ({ options, output }) => {
    const { checkDefinitions } = await import('../check-definitions.ts')
    const checked = await checkDefinitions(options.project).catch((error: unknown) => {
      if (!(error instanceof MillraceError) || !isAboutDefinitions(error.code)) throw error
      reportFailure(error, options.json === true)
      return undefined
    })
    if (checked === undefined) return exitCodes.bad
    const { findings, plan, notes } = checked
    if (findings.length > 0 || plan === undefined) {
      output.result({ valid: false, findings }, () => [...findings.map(({ text }) => text), `${findings.length} findings`].join('\n'))
      return exitCodes.bad
    }
    const defined = definedIn(plan, checked.mappings)
    output.result({ valid: true, hash: checked.hash, defined, notes }, () =>
      [...listText(defined), ...notes, `valid, every main pure (${checked.files} files)`].join('\n'),
    )
    return exitCodes.well
  })
}

/** What is asked in vain is no answer about definitions. */
const isAboutDefinitions = (code: ErrorCode): boolean => code !== 'PROJECT_NOT_FOUND' && code !== 'CANCELLED'

interface Defined {
  readonly [sort: string]: readonly string[]
}

const definedIn = (plan: ProjectPlan, mappings: readonly string[]): Defined => ({
  events: Object.keys(plan.events),
  windows: Object.entries(plan.windows).map(([name, { features, over, by }]) => {
    const counted = Object.values(features).reduce((sum, feature) => sum + (feature.over ?? over).length, 0)
    return `${name} (${counted} features by ${by.join(', ')})`
  }),
  states: Object.keys(plan.states),
  behaviours: Object.keys(plan.behaviours),
  links: Object.keys(plan.links),
  jobs: Object.keys(plan.jobs),
  mappings,
})

export const listText = (defined: Defined): readonly string[] =>
  Object.entries(defined)
    .filter(([, names]) => names.length > 0)
    .map(([sort, names]) => `${sort.padEnd(12)}${names.join(`\n${' '.repeat(12)}`)}`)
