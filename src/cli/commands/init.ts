import { cpSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, Option } from 'commander'
import { MillraceError } from '../../base/error.ts'
import { addCommand, onAction } from '../session.ts'

interface Options {
  readonly template: string
}

const templates = fileURLToPath(new URL('../../../templates/', import.meta.url))
const templateNames = ['flights', 'empty']

export const registerInit = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'init [dir]',
    summary: 'a project that runs: definitions, a data file, and what to do next',
    examples: ['init my-project', 'init . --template empty'],
    project: false,
  }).addOption(new Option('-t, --template <name>', 'what it begins with').choices(templateNames).default('flights'))
  onAction<Options>(command, async ({ args: [dir = '.'], options, output }) => {
    const folder = resolve(dir)
    const files = copyTemplate(options.template, folder)
    output.result({ folder, template: options.template, files }, () => initText(folder, options.template, files))
  })
}

/** Gives the files made, relative to the folder. Throws FOLDER_NOT_EMPTY. */
export const copyTemplate = (template: string, folder: string): readonly string[] => {
  if (existsSync(folder) && readdirSync(folder).some((name) => name !== '.git'))
    throw new MillraceError('FOLDER_NOT_EMPTY', 'there are files in the folder', { at: folder, hint: 'give the name of a new one' })
  mkdirSync(folder, { recursive: true })
  cpSync(join(templates, template), folder, { recursive: true })
  // Packed under other names: a package manager would read them as its own.
  for (const name of ['gitignore', 'package.json'])
    renameSync(join(folder, `_${name}`), join(folder, name === 'gitignore' ? '.gitignore' : name))
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}

const initText = (folder: string, template: string, files: readonly string[]): string => {
  const here = relative(process.cwd(), folder)
  return [
    `made ${files.length} files in ${folder}`,
    '',
    'next:',
    ...(here === '' ? [] : [`  cd ${here}`]),
    '  npm install',
    '  npx millrace check',
    ...(template === 'flights' ? ['  npx millrace import data/flights.csv', '  npx millrace trial delay-risk'] : []),
    '',
    'README.md has the rest',
  ].join('\n')
}
