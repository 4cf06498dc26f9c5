/** Failures as RFC 9457 problem documents: `{ type, title, status, code, detail, at?, expected?, hint? }`. */
import { MillraceError } from '../../base/error.ts'

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly at?: string
  readonly expected?: string
  readonly hint?: string
}

const statusByCode: { readonly [code: string]: number } = {
  ROOT_NOT_FOUND: 404,
  ORIGIN_REFUSED: 403,
  ROUTE_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  ID_CONFLICT: 409,
  DATA_FOLDER_IN_USE: 409,
  RECORD_TOO_LARGE: 413,
  TOO_MANY_RECORDS: 413,
  CONTENT_TYPE_UNKNOWN: 415,
  EXPECTATION_UNKNOWN: 417,
  HEADERS_TOO_LARGE: 431,
  TOO_MANY_REFUSED: 422,
  MAIN_THREW: 422,
  MAIN_TIMEOUT: 422,
  RESULT_INVALID: 422,
  DATA_DAMAGED: 500,
  LOG_DAMAGED: 500,
  LOG_FAILED: 503,
  DISK_FULL: 507,
}

/** What the server refuses before Millrace sees it: its own codes are not ours to promise. */
const requestCodes: { readonly [status: number]: string } = { 413: 'REQUEST_TOO_LARGE', 415: 'CONTENT_TYPE_UNKNOWN' }

const problemOf = (error: unknown): Problem => {
  if (error instanceof MillraceError) return problem(error.code, error.message, statusOf(error.code), error.details)
  const { statusCode, message } = error as { statusCode?: number; message?: string }
  if (statusCode !== undefined && statusCode < 500)
    return problem(requestCodes[statusCode] ?? 'REQUEST_INVALID', message ?? 'the request is not valid', statusCode, {})
  return problem('INTERNAL', 'something went wrong inside; the log of the process has the cause', 500, {})
}

/** The problem, and what is behind one that is not explained to the caller on standard error. */
export const reportedProblem = (error: unknown): Problem => {
  const found = problemOf(error)
  if (found.code === 'INTERNAL') process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  return found
}

export const noBody = (): MillraceError =>
  new MillraceError('REQUEST_INVALID', 'the request has no body', {
    expected: 'a body as /openapi.json shows',
    hint: 'send its content type too',
  })

const statusOf = (code: string): number => statusByCode[code] ?? (code.endsWith('_UNKNOWN') ? 404 : 400)

const problem = (
  code: string,
  detail: string,
  status: number,
  { at, expected, hint }: { at?: string; expected?: string; hint?: string },
): Problem => ({
  type: `urn:millrace:problem:${code}`,
  title: code.toLowerCase().replaceAll('_', ' '),
  status,
  code,
  detail,
  ...(at !== undefined && { at }),
  ...(expected !== undefined && { expected }),
  ...(hint !== undefined && { hint }),
})

/** In OpenAPI: the answer of every failure. */
export const problemSchema = {
  $id: 'Problem',
  type: 'object',
  description: 'What went wrong (RFC 9457). `code` is stable.',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    at: { type: 'string' },
    expected: { type: 'string' },
    hint: { type: 'string' },
  },
} as const
