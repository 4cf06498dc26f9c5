/** A process held to a limit of memory: run anew, under a system's allocator and an engine that give back what is freed. */
import { spawn } from 'node:child_process'
import { engineFlags, heldEnvironment } from '../server/memory.ts'
import { exitCodes } from './output.ts'

/** Runs this very command in such a process until it ends, and gives its exit code. Ctrl-C reaches both; a request to end is passed on. */
export const runHeld = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, ...engineFlags, ...process.argv.slice(1)], {
      stdio: 'inherit',
      env: { ...process.env, ...heldEnvironment },
    })
    const stop = (): void => void child.kill('SIGTERM')
    process.on('SIGTERM', stop)
    child.once('error', reject)
    child.once('exit', (code) => {
      process.off('SIGTERM', stop)
      resolve(code ?? exitCodes.stopped)
    })
  })
