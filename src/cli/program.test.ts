import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { createProgram } from './program.ts'

const leaves = (command: Command): readonly Command[] => (command.commands.length === 0 ? [command] : command.commands.flatMap(leaves))

const pathOf = (command: Command): string => (command.parent === null ? '' : `${pathOf(command.parent)} ${command.name()}`.trim())

const helpOf = (command: Command): string => {
  let help = ''
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()
  return help
}

const commands = leaves(createProgram()).map((command) => [pathOf(command), command] as const)

it('has the commands that are promised', () => {
  const names = commands.map(([path]) => path)
  const promised =
    'init check import query events tree evaluate call send trial batch backtest parity status erase doctor cases serve'.split(' ')
  expect(names).toEqual(expect.arrayContaining([...promised, 'dead list', 'dead counts', 'dead replay']))
})

describe.each(commands)('%s', (path, command) => {
  const examples = helpOf(command)
    .split('\nExamples:\n')[1]
    ?.split('\n')
    .filter((line) => line.startsWith('  $ '))

  it('has --help with examples, and --json', () => {
    expect(examples?.length ?? 0).toBeGreaterThanOrEqual(2)
    expect(command.options.map(({ long }) => long)).toContain('--json')
    expect(command.description().length).toBeGreaterThan(10)
  })

  it('has examples of itself, with options that it has', () => {
    const known = command.options.flatMap(({ long, short }) => [long, short])
    for (const example of examples ?? []) {
      expect(example).toContain(`millrace ${path} `.trimEnd())
      for (const [option] of example.replaceAll(/'[^']*'|"[^"]*"/g, '').matchAll(/(?<= )--?[a-z][a-z-]*/g)) expect(known).toContain(option)
    }
  })
})
