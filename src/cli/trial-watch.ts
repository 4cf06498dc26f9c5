/** A trial that runs again whenever one of the project's files is saved. */
import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'
import { MillraceError } from '../base/error.ts'
import { bundleProject, projectEntry } from '../jobs/realm/bundle.ts'
import type { TrialOutput } from '../server/operations/trial.ts'
import { exitCodes, type Output, reportFailure } from './output.ts'
import { changesText, trialChanges, trialText } from './trial-text.ts'

export interface WatchOptions {
  readonly run: () => Promise<TrialOutput>
  /** Lets the data folder be opened anew, with events declared otherwise. */
  readonly disconnect: () => Promise<void>
  readonly project: string
  readonly output: Output
  readonly signal: AbortSignal
}

/** Until the signal; what definitions or main are refused for is said, and it goes on. */
export const watchTrial = async ({ run, disconnect, project, output, signal }: WatchOptions): Promise<number> => {
  const entry = projectEntry(project)
  const saved = createSaved(signal)
  let last: TrialOutput | undefined
  let code: string | undefined
  try {
    while (!signal.aborted) {
      saved.watch(dirname(entry))
      try {
        const bundle = await bundleProject(entry)
        for (const file of bundle.files) saved.watch(dirname(file))
        if (bundle.code !== code) {
          code = bundle.code
          last = show(output, last, await runOn(run, disconnect))
        }
      } catch (error) {
        code = undefined
        if (!(error instanceof MillraceError)) throw error
        if (!signal.aborted) reportFailure(error, output.isJson)
        if (last === undefined) await disconnect()
      }
      output.note('watching; Ctrl-C ends it')
      await saved.next()
    }
  } finally {
    saved.close()
  }
  return exitCodes.stopped
}

/** Data that was opened with other event declarations is opened once more. */
const runOn = async (run: WatchOptions['run'], disconnect: WatchOptions['disconnect']): Promise<TrialOutput> => {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'EVENTS_CHANGED') throw error
    await disconnect()
    return run()
  }
}

const show = (output: Output, before: TrialOutput | undefined, after: TrialOutput): TrialOutput => {
  if (before === undefined) output.result(after, () => trialText(after))
  else {
    const changes = trialChanges(before, after)
    output.result({ ...after, changes }, () => `\n${changesText(changes)}`)
  }
  return after
}

/** Editors write a file in several steps; what comes within this time is one save. */
const settleMs = 80

/** Folders are watched, not files: many editors save by putting a new file in the old one's place. */
const createSaved = (signal: AbortSignal) => {
  const watchers = new Map<string, FSWatcher>()
  let isSaved = false
  let wake = (): void => undefined
  let timer: NodeJS.Timeout | undefined
  const onChange = (_: string, name: string | null): void => {
    if (name !== null && !/\.([cm]?[jt]s|json)$/.test(name)) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      isSaved = true
      wake()
    }, settleMs)
  }
  signal.addEventListener('abort', () => wake(), { once: true })
  return {
    watch: (folder: string): void => {
      if (!watchers.has(folder)) watchers.set(folder, watch(folder, onChange))
    },
    /** Resolves at the next save, at once where one came meanwhile, and when the signal aborts. */
    next: async (): Promise<void> => {
      if (!isSaved && !signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      isSaved = false
    },
    close: (): void => {
      clearTimeout(timer)
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}
