import { type ErrorCode, MillraceError } from '../base/error.ts'
import type { ByName, DefinitionsOf } from './project.ts'
import type { Json, Moment, Show } from './types.ts'

type Jobs<P> = ByName<DefinitionsOf<P>, 'job'>
type Groups<P> = ByName<DefinitionsOf<P>, 'windows'>
type Events<P> = ByName<DefinitionsOf<P>, 'event'>

/** `T[K]` where T is known to have it. */
type Part<T, K extends string> = K extends keyof T ? T[K] : never
type Input<P, N extends keyof Jobs<P>> = Part<Jobs<P>[N], '~input'>
type Result<P, N extends keyof Jobs<P>> = Json<Part<Jobs<P>[N], '~result'>>
type Node<P, N extends keyof Groups<P>> = Part<Groups<P>[N], '~node'>
type EventKeys<P, N extends keyof Events<P>> = { readonly [K in keyof Part<Events<P>[N], '~input'>]?: string | number | bigint | boolean }

/** The series a window query asks for: `{ user: 'u1' }`. */
type KeyOf<W> = Part<W, '~needs'> extends (root: infer Needs) => void ? { [K in keyof Needs]: string | number | bigint | boolean } : never

/** Which versions a read sees: all (unless said otherwise), those recorded by a moment, or those known by one. */
type ReadAs =
  | { readonly as?: 'corrected'; readonly recorded?: never; readonly known?: never }
  | { readonly recorded: Moment; readonly as?: never; readonly known?: never }
  | { readonly known: Moment; readonly as?: never; readonly recorded?: never }

/** `at` is the root's time; now, unless said. */
export type ReadOptions = ReadAs & { readonly at?: Moment }

/** What became of events sent in: how many are new, how many were there already, and which were refused, by position. */
export interface Sent {
  readonly stored: number
  readonly duplicates: number
  readonly refused: readonly { readonly position: number; readonly code: string; readonly message: string }[]
}

/**
 * Talks to a running Millrace. What it knows of the definitions it knows from their types: nothing of them is imported. Values
 * are as JSON carries them: an int64 is text, and so is a decimal of more than 15 significant digits. Failures are MillraceErrors with the server's code, or SERVER_UNREACHABLE.
 */
export interface Client<P> {
  /** Runs a job and waits for its result. */
  call<const N extends keyof Jobs<P> & string>(job: N, input: Input<P, N>): Promise<Result<P, N>>
  /** The features of one key as of a time: all of a group, or those named. */
  query<const N extends keyof Groups<P> & string, const F extends keyof Node<P, N> = keyof Node<P, N>>(
    windows: N,
    of: { readonly key: KeyOf<Groups<P>[N]>; readonly features?: readonly F[] } & ReadOptions,
  ): Promise<Json<{ readonly [K in F]: Node<P, N>[K] }>>
  /** The tree that a job's main gets for one event, `at` its own time unless said. */
  tree<const N extends keyof Jobs<P> & string>(job: N, event: string, options?: ReadOptions): Promise<Json<Part<Jobs<P>[N], '~tree'>>>
  /** Events of one type with these values, in time order: the last so many of `[from, at)`. */
  events<const N extends keyof Events<P> & string>(
    type: N,
    of: { readonly key: EventKeys<P, N>; readonly from?: Moment; readonly last?: number } & ReadOptions,
  ): Promise<readonly Json<Part<Events<P>[N], '~root'>>[]>
  /**
   * Records events, one or many. They are durable and readable when it resolves. More than the server takes at once are refused
   * whole: TOO_MANY_RECORDS, and TOO_MANY_REFUSED where too many do not fit; REQUEST_TOO_LARGE.
   */
  send<const N extends keyof Events<P> & string>(
    type: N,
    events: Part<Events<P>[N], '~input'> | readonly Part<Events<P>[N], '~input'>[],
  ): Promise<Sent>
}

/** What a client needs of `fetch`. */
type Post = (
  url: string,
  init: { readonly method: 'POST'; readonly headers: Record<string, string>; readonly body: string },
) => Promise<{ readonly ok: boolean; readonly status: number; text(): Promise<string> }>

export interface ClientOptions {
  readonly url: string
  readonly token?: string
  /** In place of the platform's own. */
  readonly fetch?: Post
}

/**
 * `client<typeof cards>({ url })`, where `cards` is a module of definitions or a `project(…)`; import it with `import type`.
 *
 * | method | POST |
 * |---|---|
 * | call | `/jobs/JOB/call` with `{ input }` |
 * | query | `/windows/NAME/query` with `{ key, features?, at?, as? or recorded? or known? }` |
 * | tree | `/jobs/JOB/tree` with `{ event, at?, as? … }` |
 * | events | `/events/TYPE/query` with `{ key, from?, last?, at?, as? … }` |
 * | send | `/events/TYPE` with an event, or an array of them |
 */
export const client = <P>(options: ClientOptions): Client<P> => {
  const ask = asker(options)
  return {
    call: (job: string, input: unknown) => ask(['jobs', job, 'call'], { input }),
    query: (windows: string, of: object) => ask(['windows', windows, 'query'], of),
    tree: (job: string, event: string, rest?: ReadOptions) => ask(['jobs', job, 'tree'], { event, ...rest }),
    events: (type: string, of: object) => ask(['events', type, 'query'], of),
    send: (type: string, events: object) => ask(['events', type], events),
  } as unknown as Client<P>
}

const asker = ({ url, token, fetch = (globalThis as unknown as { fetch: Post }).fetch }: ClientOptions) => {
  const base = url.replace(/\/+$/, '')
  const headers = { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) }
  return async (path: readonly string[], body: object): Promise<unknown> => {
    const address = [base, ...path.map(encodeURIComponent)].join('/')
    const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body, bigintAsText) }).catch((cause: unknown) => {
      throw new MillraceError('SERVER_UNREACHABLE', 'no answer', {
        at: base,
        retryable: true,
        cause,
        hint: 'is `millrace serve` running there?',
      })
    })
    const text = await response.text()
    // A refusal of every record that was sent is an answer, not a problem.
    if (response.ok || (response.status === 422 && isSent(text))) return parsed(address, text)
    throw problem(address, response.status, text)
  }
}

const isSent = (text: string): boolean => {
  try {
    return 'stored' in (JSON.parse(text) as object)
  } catch {
    return false
  }
}

const bigintAsText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)

const parsed = (address: string, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MillraceError('ANSWER_INVALID', 'the answer is not JSON', {
      at: address,
      value: text,
      hint: 'does Millrace serve at this address?',
      cause,
    })
  }
}

type Problem = Show<{ readonly code?: ErrorCode; readonly title?: string; readonly detail?: string; readonly retryable?: boolean }>

/** The server's `application/problem+json` (RFC 9457), with the product's error code as a member. */
const problem = (address: string, status: number, text: string): MillraceError => {
  let found: Problem = {}
  try {
    found = JSON.parse(text) as Problem
  } catch {
    return new MillraceError('SERVER_FAILED', `the server answered ${status}`, { at: address, value: text, retryable: status >= 500 })
  }
  const { code = 'SERVER_FAILED', detail, title = `the server answered ${status}`, retryable = status >= 500 } = found
  return new MillraceError(code, detail ?? title, { retryable })
}
