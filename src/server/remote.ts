/** Operations of the process that holds a data folder, over its HTTP interface. */
import { type ErrorCode, type ErrorDetails, MillraceError } from '../base/error.ts'
import type { Connection } from './connection.ts'
import type { Problem } from './http/problem.ts'
import type { Hooks, Progress } from './operations/progress.ts'

/** One line of an operation's answer. */
export type AnswerLine = { readonly progress: Progress } | { readonly result: unknown } | { readonly problem: Problem }

export const connectRemote = (url: string): Connection => ({
  perform: async (name, input, hooks = {}) => {
    const answer = await fetch(`${url}/operations/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/x-ndjson' },
      body: JSON.stringify(input),
      ...(hooks.signal && { signal: hooks.signal }),
    })
    return (await resultOf(answer, hooks)) as never
  },
  close: async () => undefined,
})

const resultOf = async (answer: Response, hooks: Hooks): Promise<unknown> => {
  if (!answer.ok) throw errorOf((await answer.json()) as Problem)
  for await (const line of linesOf(answer)) {
    const part = JSON.parse(line) as AnswerLine
    if ('progress' in part) hooks.onProgress?.(part.progress)
    else if ('result' in part) return part.result
    else throw errorOf(part.problem)
  }
  throw new MillraceError('SERVER_LOST', 'the process that holds the data folder ended before it answered', {
    hint: 'ask again',
    retryable: true,
  })
}

/** As the other process worded it: the message says already what the details do. */
class RemoteError extends MillraceError {
  override readonly details: ErrorDetails

  constructor({ code, detail, at, expected, hint }: Problem) {
    super(code as ErrorCode, detail)
    this.details = { ...(at !== undefined && { at }), ...(expected !== undefined && { expected }), ...(hint !== undefined && { hint }) }
  }
}

export const errorOf = (problem: Problem): MillraceError => new RemoteError(problem)

async function* linesOf(answer: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of answer.body ?? []) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop()!
    for (const line of lines) if (line !== '') yield line
  }
  if (rest !== '') yield rest
}
