import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { preProcessFile } from 'typescript'

export const top = resolve(import.meta.dirname, '../..')

export interface Source {
  /** From the repository's top: `src/model/order.ts`. */
  readonly path: string
  readonly text: string
  /** Its own files that it imports, with the line. */
  readonly imports: readonly { readonly path: string; readonly line: number; readonly isType: boolean }[]
  /** Packages and Node modules that it imports. */
  readonly packages: readonly { readonly name: string; readonly line: number }[]
}

const read = (path: string): Source => {
  const text = readFileSync(join(top, path), 'utf8')
  const found = preProcessFile(text, true, false).importedFiles.map(({ fileName: name, pos }) => ({
    name,
    line: text.slice(0, pos).split('\n').length,
    isType: /^(?:import|export) type\b/.test(
      text
        .slice(0, pos)
        .split(/\n(?=(?:import|export)\b)/)
        .at(-1)!,
    ),
  }))
  return {
    path,
    text,
    imports: found
      .filter(({ name }) => name.startsWith('.'))
      .map(({ name, line, isType }) => ({ path: relative(top, resolve(top, dirname(path), name)), line, isType })),
    packages: found.filter(({ name }) => !name.startsWith('.')),
  }
}

/** Every TypeScript file below a folder. */
export const sourcesIn = (folder: string): readonly Source[] =>
  readdirSync(join(top, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => read(join(folder, name)))

export const isTest = (path: string): boolean => /\.(test|suite|types|testing)\.ts$/.test(path)
