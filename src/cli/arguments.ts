/** What stands on a command line, made into what operations take. */
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { InvalidArgumentError } from 'commander'
import { MillraceError } from '../base/error.ts'

/** `user=u1 merchant=m=2` as `{ user: 'u1', merchant: 'm=2' }`. Throws ARGUMENT_INVALID. */
export const keyValues = (pairs: readonly string[]): { readonly [name: string]: string } => {
  const values: Record<string, string> = {}
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at < 1 || Object.hasOwn(values, pair.slice(0, at)))
      throw new MillraceError('ARGUMENT_INVALID', at < 1 ? 'not a key' : 'the same key twice', {
        value: pair,
        expected: 'KEY=VALUE, such as user=u1',
      })
    values[pair.slice(0, at)] = pair.slice(at + 1)
  }
  return values
}

/** For commander: a whole number within bounds. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (given: string): number => {
    const number = /^\d+$/.test(given) ? Number(given) : Number.NaN
    if (Number.isSafeInteger(number) && number >= least && number <= most) return number
    throw new InvalidArgumentError(
      `Expected a whole number${most < Number.MAX_SAFE_INTEGER ? ` from ${least} to ${most}` : `, ${least} or more`}.`,
    )
  }

const sizes = { kb: 1 << 10, mb: 1 << 20, gb: 1 << 30 } as const

/** For commander: bytes, as `512mb` or `2gb`. */
export const byteSize = (given: string): number => {
  const [, number, unit] = /^(\d+(?:\.\d+)?) *([kmg]b)$/i.exec(given) ?? []
  if (number === undefined) throw new InvalidArgumentError('Expected a size, such as 512mb or 2gb.')
  return Math.floor(Number(number) * sizes[unit!.toLowerCase() as keyof typeof sizes])
}

/** For commander: an option that may be given several times, or once with commas. */
export const listed = (given: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  ...given.split(',').filter((part) => part !== ''),
]

const utf8Of = (bytes: Buffer, at: string): string => {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw new MillraceError('UTF8_INVALID', 'the text is no valid UTF-8', { at, hint: 'write it anew in UTF-8' })
}

/** The text of a file, or of standard input for `-`. Throws FILE_NOT_FOUND, FILE_ACCESS, UTF8_INVALID. */
export const textOf = async (path: string): Promise<string> => {
  if (path === '-') return utf8Of(await buffer(process.stdin), 'standard input')
  try {
    return utf8Of(readFileSync(path), path)
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new MillraceError(isMissing ? 'FILE_NOT_FOUND' : 'FILE_ACCESS', isMissing ? 'there is no such file' : 'the file cannot be read', {
      at: path,
      cause,
    })
  }
}

/** JSON as it stands, `-` for standard input, or `@FILE`. Throws JSON_INVALID and what `textOf` throws. */
export const jsonArgument = async (given: string): Promise<unknown> => {
  const json = given === '-' ? await textOf('-') : given.startsWith('@') ? await textOf(given.slice(1)) : given
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new MillraceError('JSON_INVALID', (cause as Error).message, {
      at: given === '-' ? 'standard input' : given.startsWith('@') ? given.slice(1) : 'the argument',
      expected: `JSON, such as '{"user": "u1"}', @FILE, or - for standard input`,
      cause,
    })
  }
}
