/** What a command shows: text for people on standard output, or JSON with `--json`; everything else goes to standard error. */
import { MillraceError } from '../base/error.ts'

export interface Output {
  readonly isJson: boolean
  /** The result: `text` for people, `value` as one line of JSON. */
  result(value: unknown, text: () => string): void
  /** Beside the result, for people only. */
  note(text: string): void
}

export const createOutput = (isJson: boolean): Output => ({
  isJson,
  result: (value, text) => void process.stdout.write(`${isJson ? JSON.stringify(value) : text()}\n`),
  note: (text) => {
    if (!isJson) process.stderr.write(`${text}\n`)
  },
})

/** Rows under a heading, columns as wide as they need, numbers to the right. */
export const table = (heading: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string => {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '–' : String(cell))))
  const isNumber = heading.map(
    (_, i) => rows.length > 0 && rows.every((row) => row[i] === null || row[i] === '' || typeof row[i] === 'number'),
  )
  const widths = heading.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]!.length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [line(heading), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(line)].join('\n')
}

/** `1234567` as `1,234,567`. */
export const count = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',')

/** Milliseconds as `1.2 s` or `3 min 4 s`. */
export const duration = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
}

/** 0 well; 1 done, and the answer is bad (differences, failures); 2 cannot be done as asked; 3 a bug; 130 stopped by Ctrl-C. */
export const exitCodes = { well: 0, bad: 1, refused: 2, bug: 3, stopped: 130 } as const

/** Says what went wrong and gives the exit code. */
export const reportFailure = (error: unknown, isJson: boolean): number => {
  if (error instanceof MillraceError) {
    const { code, message, details } = error
    process.stderr.write(
      isJson ? `${JSON.stringify({ error: { code, message, ...plainDetails(details) } })}\n` : `millrace: ${message} (${code})\n`,
    )
    return code === 'CANCELLED' ? exitCodes.stopped : exitCodes.refused
  }
  process.stderr.write(`millrace: this is a bug in Millrace, please report it\n${error instanceof Error ? error.stack : String(error)}\n`)
  return exitCodes.bug
}

const plainDetails = ({ at, expected, hint }: MillraceError['details']) => ({
  ...(at && { at }),
  ...(expected && { expected }),
  ...(hint && { hint }),
})
