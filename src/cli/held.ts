/** A process held to a limit of memory: run anew, under a system's allocator and an engine that give back what is freed. */
import { spawn } from 'node:child_process'
import { engineFlags, heldEnvironment } from '../server/memory.ts'
import { exitCodes } from './output.ts'

/** Runs this very command in such a process until it ends, and gives its exit code. What asks this process to end is passed on. */
export const runHeld = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, ...engineFlags, ...process.argv.slice(1)], {
      stdio: 'inherit',
      // A group of its own: a terminal's Ctrl-C comes once, by way of this process.
      detached: true,
      env: { ...process.env, ...heldEnvironment },
    })
    const signals = ['SIGINT', 'SIGTERM'] as const
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal)
    for (const signal of signals) process.on(signal, pass)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, pass)
      resolve(code ?? (signals.some((name) => name === signal) ? exitCodes.stopped : exitCodes.bug))
    })
  })
