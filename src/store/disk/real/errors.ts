import { type ErrorCode, MillraceError } from '../../../base/error.ts'

const codes: { readonly [errno: string]: ErrorCode } = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EACCES: 'DISK_ACCESS',
  EPERM: 'DISK_ACCESS',
  EROFS: 'DISK_ACCESS',
  EEXIST: 'DISK_ACCESS',
  ENOTDIR: 'DISK_ACCESS',
  ENOENT: 'FILE_MISSING',
}
const hints: { readonly [code: string]: string } = {
  DISK_FULL: 'make room; writes go on by themselves once there is some',
  DISK_ACCESS: 'a folder is needed that this user may read and write',
  FILE_MISSING: 'make the folder first, or bring the file back from a copy',
}

/** A failure of the system as an error of ours. */
export const diskError = (action: string, path: string, cause: unknown): MillraceError => {
  const errno = (cause as { code?: string }).code ?? ''
  const code = codes[errno] ?? 'DISK_ERROR'
  const hint = hints[code]
  return new MillraceError(code, `could not ${action} the file (${errno || String(cause)})`, {
    at: path,
    ...(hint !== undefined && { hint }),
    retryable: code === 'DISK_FULL',
    cause,
  })
}

export const attempt = <T>(action: string, path: string, work: () => T): T => {
  try {
    return work()
  } catch (error) {
    throw error instanceof MillraceError ? error : diskError(action, path, error)
  }
}
