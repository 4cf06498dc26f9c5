/** A project's definition files as one script: TypeScript stripped, imports followed, `millrace` included. */
import { existsSync } from 'node:fs'
import { basename, dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Message, type OutputFile, type Plugin } from 'esbuild'
import { MillraceError } from '../../base/error.ts'

export interface Bundle {
  /** Declares `project`: the definitions, and what `inside.ts` offers the host. */
  readonly code: string
  readonly sourceMap: string
  /** The project's own files, absolute, without those of packages. */
  readonly files: readonly string[]
  /** Where messages about the project's files begin. */
  readonly root: string
}

const entryNames = ['index.ts', 'project.ts', 'definitions.ts', 'index.js']

/** The file that holds a project's definitions: the file itself, or the one a folder has under a known name. */
export const projectEntry = (path: string): string => {
  const absolute = resolve(path)
  const candidates = /\.[cm]?[jt]s$/.test(absolute) ? [absolute] : entryNames.map((name) => resolve(absolute, name))
  const entry = candidates.find((candidate) => existsSync(candidate))
  if (entry === undefined) {
    throw new MillraceError('PROJECT_NOT_FOUND', 'no definitions here', {
      value: path,
      expected: `a .ts file, or a folder with ${entryNames.join(', ')}`,
      hint: "'millrace init' makes a project",
    })
  }
  return entry
}

/** Bundles the definitions that `entry` exports. Throws DEFINITIONS_INVALID with file and line for what does not parse or resolve. */
export const bundleProject = async (entry: string): Promise<Bundle> => {
  const root = dirname(entry)
  const result = await build({
    stdin: { contents: stub(entry), resolveDir: root, sourcefile: 'millrace:entry', loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'project',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['millrace-source'],
    target: 'es2024',
    sourcemap: 'external',
    outfile: resolve(root, 'bundle.js'),
    metafile: true,
    logLevel: 'silent',
    plugins: [ownPackage, noNode],
    keepNames: false,
    charset: 'utf8',
    banner: { js: '"use strict";' },
  }).catch((cause: { errors?: Message[] }) => {
    throw invalid(cause.errors ?? [], cause)
  })
  const files = Object.keys(result.metafile.inputs)
    .map((file) => resolve(file))
    .filter((file) => isOwn(file, root))
  return { code: text(result.outputFiles, '.js'), sourceMap: text(result.outputFiles, '.map'), files, root }
}

/** `inside` comes first: it takes away what definitions must not have, before any of them is evaluated. */
const stub = (entry: string): string =>
  [
    "export * from 'millrace:inside'",
    `import * as definitions from ${JSON.stringify(`./${basename(entry)}`)}`,
    "export { freeze } from 'millrace:freeze'",
    "export { gather } from 'millrace:gather'",
    'export { definitions }',
  ].join('\n')

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const own = (path: string): string => fileURLToPath(new URL(`../../${path}${extension}`, import.meta.url))

const ownModules: { readonly [path: string]: string } = {
  'millrace:inside': 'jobs/realm/inside',
  'millrace:freeze': 'define/freeze',
  'millrace:gather': 'define/gather',
}

/** `millrace` is this very package, wherever the project lies. */
const ownPackage: Plugin = {
  name: 'millrace',
  setup: (builder) => {
    builder.onResolve({ filter: /^millrace$/ }, () => ({ path: own('index') }))
    builder.onResolve({ filter: /^millrace:/ }, ({ path }) => ({ path: own(ownModules[path]!) }))
  },
}

const noNode: Plugin = {
  name: 'no-node',
  setup: (builder) => {
    builder.onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { errors: [{ text: `import('${path}'): definitions are read once, before anything runs` }] } : undefined,
    )
    builder.onResolve(
      { filter: /^(node:|fs$|path$|os$|http$|https$|net$|child_process$|crypto$|worker_threads$|process$)/ },
      ({ path }) => ({
        errors: [{ text: `'${path}' cannot be imported by definitions: main is pure, it knows no clock, randomness, input or output` }],
      }),
    )
  },
}

/** Whether a file is the project's, not this package's or a dependency's. */
const isOwn = (file: string, root: string): boolean =>
  !file.includes('/node_modules/') &&
  !file.endsWith('millrace:entry') &&
  !(file.startsWith(own('').slice(0, -extension.length)) && !file.startsWith(root))

const invalid = (errors: readonly Message[], cause: unknown): MillraceError => {
  const [first] = errors
  const places = errors.map(
    ({ location, text }) =>
      `${location === null ? '' : `${relative(process.cwd(), resolve(location.file))}:${location.line}:${location.column + 1}: `}${text}`,
  )
  return new MillraceError('DEFINITIONS_INVALID', first === undefined ? String(cause) : places.join('\n'), { cause })
}

const text = (files: readonly OutputFile[], ending: string): string => files.find(({ path }) => path.endsWith(ending))?.text ?? ''
