/** Millrace's side of the `pit` bench: Parquet in, Parquet out, on two threads. */

import { freshFolder } from '../harness/cache.ts'
import { countRows, sharedDoubles, sharedInts } from '../harness/columns.ts'
import { shareOf, startTeam } from '../harness/team.ts'
import type { PitFiles } from './data.ts'
import { compilePit } from './definition.ts'
import type { PitSteps } from './pit-worker.ts'
import type { PitMemory } from './steps.ts'

export interface PitRun {
  readonly seconds: number
  /** Files of answers, one for each thread: id, then each slot by its name. */
  readonly files: string
  /** Where the time went, in milliseconds. */
  readonly phases: { readonly [phase: string]: number }
}

/** Everything from opening the files to the last byte written is timed, threads' start included. */
export const runPit = async (files: PitFiles, threads: number, isBounded: boolean): Promise<PitRun> => {
  const output = freshFolder('pit')
  const phases: Record<string, number> = {}
  const began = performance.now()
  let last = began
  const note = (phase: string): void => {
    phases[phase] = Math.round(performance.now() - last)
    last = performance.now()
  }
  const team = startTeam<PitSteps>(new URL('./pit-worker.ts', import.meta.url), threads)
  try {
    const eventsFile = isBounded ? files.recorded : files.events
    const memory = createMemory(countRows(eventsFile), countRows(files.roots), isBounded)
    const events = (thread: number) => ({ file: eventsFile, ...shareOf(memory.eventTime.length, threads, thread) })
    const roots = (thread: number) => ({ file: files.roots, ...shareOf(memory.rootTime.length, threads, thread) })
    const texts = await team.all('read', (thread) => ({ events: events(thread), roots: roots(thread), memory }))
    note('read')
    const { all, codes } = mergeTexts(texts)
    await Promise.all(codes.map((of, thread) => (thread === 0 ? undefined : team.one(thread, 'recode', { codes: of }))))
    note('recode')
    const answers = compilePit().slots.map(() => sharedDoubles(memory.rootTime.length))
    const amended = isBounded ? { amended: files.amended } : {}
    const times = await team.all('compute', (thread) => ({ memory, texts: all, thread, threads, answers, ...amended }))
    note('compute')
    phases['prepare'] = Math.round(Math.max(...times.map(({ prepareMs }) => prepareMs)))
    phases['windows'] = Math.round(Math.max(...times.map(({ runMs }) => runMs)))
    await team.all('write', (thread) => ({
      memory,
      answers,
      ...shareOf(memory.rootTime.length, threads, thread),
      path: `${output}/part-${thread}.parquet`,
    }))
    note('write')
    return { seconds: (performance.now() - began) / 1000, files: `${output}/*.parquet`, phases }
  } finally {
    await team.close()
  }
}

const createMemory = (events: number, roots: number, isBounded: boolean): PitMemory => ({
  eventKeys: sharedInts(events),
  eventTime: sharedDoubles(events),
  amount: sharedDoubles(events),
  ...(isBounded && { seq: sharedDoubles(events), recorded: sharedDoubles(events) }),
  rootKeys: sharedInts(roots),
  rootTime: sharedDoubles(roots),
  rootId: sharedDoubles(roots),
})

/** The first thread's codes stay as they are. */
const mergeTexts = (texts: readonly (readonly string[])[]): { readonly all: readonly string[]; readonly codes: readonly Int32Array[] } => {
  const all = [...texts[0]!]
  const known = new Map(all.map((text, code) => [text, code]))
  const codeOf = (text: string): number => {
    const code = known.get(text) ?? all.length
    if (code === all.length) known.set(text, all.push(text) - 1)
    return code
  }
  return { all, codes: texts.map((of) => Int32Array.from(of, codeOf)) }
}
