/** A progress bar with rate and time left on a terminal; a line now and then where there is none. */
import cliProgress from 'cli-progress'
import type { Progress } from '../server/operations/progress.ts'
import { count, duration } from './output.ts'

export interface ProgressView {
  readonly show: (progress: Progress) => void
  readonly stop: () => void
}

const silent: ProgressView = { show: () => undefined, stop: () => undefined }

export const createProgress = (isShown: boolean): ProgressView => {
  if (!isShown) return silent
  return process.stderr.isTTY ? createBar() : createLines()
}

/** Rate and time left from what was done since the phase began. */
const pace = (started: number, firstDone: number, { done, total }: Progress) => {
  const seconds = (performance.now() - started) / 1000
  const rate = seconds > 0 ? (done - firstDone) / seconds : 0
  const left = total !== undefined && rate > 0 ? duration(((total - done) / rate) * 1000) : '?'
  return { rate: count(rate), left }
}

const createBar = (): ProgressView => {
  const bar = new cliProgress.SingleBar(
    {
      format: '{phase} {bar} {percentage}% | {shown} of {of} {unit} | {rate}/s | {left} left {note}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 1,
    },
    cliProgress.Presets.shades_classic,
  )
  let phase: { name: string; started: number; firstDone: number } | undefined
  return {
    show: (progress) => {
      if (phase?.name !== progress.phase) {
        if (phase !== undefined) bar.stop()
        phase = { name: progress.phase, started: performance.now(), firstDone: progress.done }
        bar.start(progress.total ?? 0, progress.done, payload(progress, phase))
      } else {
        bar.setTotal(progress.total ?? progress.done)
        bar.update(progress.done, payload(progress, phase))
      }
    },
    stop: () => {
      if (phase !== undefined) bar.stop()
      phase = undefined
    },
  }
}

const payload = (progress: Progress, { started, firstDone }: { started: number; firstDone: number }) => ({
  phase: progress.phase,
  shown: count(progress.done),
  of: progress.total === undefined ? '?' : count(progress.total),
  unit: progress.unit,
  note: progress.note === undefined ? '' : `| ${progress.note}`,
  ...pace(started, firstDone, progress),
})

const lineEveryMs = 5000

const createLines = (): ProgressView => {
  let phase: { name: string; started: number; firstDone: number } | undefined
  // Work that is done sooner needs no line.
  let last = performance.now()
  return {
    show: (progress) => {
      if (phase?.name !== progress.phase) phase = { name: progress.phase, started: performance.now(), firstDone: progress.done }
      if (performance.now() - last < lineEveryMs) return
      last = performance.now()
      const { rate, left } = pace(phase.started, phase.firstDone, progress)
      const total = progress.total === undefined ? '' : ` of ${count(progress.total)}`
      process.stderr.write(
        `${progress.phase}: ${count(progress.done)}${total} ${progress.unit}, ${rate}/s, ${left} left${progress.note === undefined ? '' : `, ${progress.note}`}\n`,
      )
    },
    stop: () => undefined,
  }
}
