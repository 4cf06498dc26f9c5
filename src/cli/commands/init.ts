import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, Option } from 'commander'
import { MillraceError } from '../../base/error.ts'
import { attempt } from '../../store/disk/real/errors.ts'
import { addCommand, onAction } from '../session.ts'

interface Options {
  readonly template: string
}

const packageFolder = fileURLToPath(new URL('../../../', import.meta.url))
const templates = join(packageFolder, 'templates')
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

/** Gives the files made, relative to the folder. Throws FOLDER_NOT_EMPTY, DISK_ACCESS, DISK_FULL. */
export const copyTemplate = (template: string, folder: string): readonly string[] => {
  if (existsSync(folder) && readdirSync(folder).some((name) => name !== '.git'))
    throw new MillraceError('FOLDER_NOT_EMPTY', 'there are files in the folder', { at: folder, hint: 'give the name of a new one' })
  attempt('make', folder, () => mkdirSync(folder, { recursive: true }))
  attempt('write', folder, () => cpSync(join(templates, template), folder, { recursive: true }))
  // Packed under other names: a package manager would read them as its own.
  for (const name of ['gitignore', 'package.json'])
    renameSync(join(folder, `_${name}`), join(folder, name === 'gitignore' ? '.gitignore' : name))
  dependOn(join(folder, 'package.json'), millraceFor(folder))
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}

/** A clone of the repository, rather than a package that was installed: no registry has what it holds. */
const isClone = !packageFolder.includes(`${sep}node_modules${sep}`)

/** The version that makes the project is the one that it begins with. */
const millraceFor = (folder: string): string => {
  if (isClone) return `file:${relative(folder, packageFolder).replaceAll(sep, '/')}`
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { readonly version: string }
  return `^${version}`
}

const dependOn = (file: string, millrace: string): void => {
  const written = JSON.parse(readFileSync(file, 'utf8')) as { readonly dependencies: object }
  writeFileSync(file, `${JSON.stringify({ ...written, dependencies: { ...written.dependencies, millrace } }, null, 2)}\n`)
}

const initText = (folder: string, template: string, files: readonly string[]): string => {
  const here = relative(process.cwd(), folder)
  return [
    `made ${files.length} files in ${folder}`,
    '',
    'next:',
    // Beside a clone, npm links what its build has made.
    ...(isClone ? [`  npm run build --prefix ${packageFolder}`] : []),
    ...(here === '' ? [] : [`  cd ${here}`]),
    '  npm install',
    '  npx millrace check',
    ...(template === 'flights' ? ['  npx millrace import data/flights.csv', '  npx millrace trial delay-risk'] : []),
    '',
    'README.md has the rest',
  ].join('\n')
}
