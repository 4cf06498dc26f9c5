/** A project as git had it, in a folder of its own. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { MillraceError } from '../base/error.ts'

export interface CheckedOut {
  /** The file that held the definitions, as it was. */
  readonly path: string
  remove(): void
}

/** The whole repository is taken, since definitions may import from anywhere in it. Throws REVISION_UNKNOWN. */
export const checkOut = (entry: string, revision: string): CheckedOut => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-revision-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    const root = git(dirname(entry), ['rev-parse', '--show-toplevel']).trim()
    git(root, ['archive', '--format=tar', '-o', join(folder, 'tree.tar'), '--end-of-options', revision])
    execFileSync('tar', ['-xf', 'tree.tar'], { cwd: folder, stdio: 'pipe' })
    return { path: join(folder, relative(root, entry)), remove }
  } catch (cause) {
    remove()
    throw new MillraceError('REVISION_UNKNOWN', 'git does not give this revision of the project', {
      at: entry,
      value: revision,
      hint: reasonOf(cause),
      cause,
    })
  }
}

const git = (cwd: string, args: readonly string[]): string => execFileSync('git', args, { cwd, encoding: 'utf8', stdio: 'pipe' })

const reasonOf = (cause: unknown): string => String((cause as { stderr?: unknown }).stderr ?? (cause as Error).message).trim()
