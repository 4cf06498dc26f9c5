/** The command as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))

export const commandLine = [process.execPath, '--conditions=millrace-source', main] as const

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Running {
  readonly child: ChildProcess
  /** Resolves once standard output has `text` (after `from` characters); throws where the process ends before. */
  says(text: string | RegExp, from?: number): Promise<string>
  readonly ended: Promise<Ended>
}

const running = new Set<ChildProcess>()

/** Ends what a failed test left behind. */
export const killRunning = (): void => {
  for (const child of running) child.kill('SIGKILL')
}

export const startCommand = (args: readonly string[], { cwd, input = '' }: { readonly cwd: string; readonly input?: string }): Running => {
  const [node, ...rest] = commandLine
  const child = spawn(node, [...rest, ...args], { cwd, stdio: 'pipe', env: { ...process.env, NO_COLOR: '1' } })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    out += part
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    err += part
  })
  child.stdin.end(input)
  running.add(child)
  child.once('close', () => running.delete(child))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }))
  const says = async (text: string | RegExp, from = 0): Promise<string> => {
    const has = (): boolean => (typeof text === 'string' ? out.slice(from).includes(text) : text.test(out.slice(from)))
    while (!has()) {
      const more = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)])
      if (!more && !has()) throw new Error(`it ended without saying ${String(text)}:\n${out}\n${err}`)
    }
    return out.slice(from)
  }
  return { child, says, ended }
}

export const runCommand = (args: readonly string[], options: { readonly cwd: string; readonly input?: string }): Promise<Ended> =>
  startCommand(args, options).ended
