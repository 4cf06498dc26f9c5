/** Values as people read them. */
import { styleText } from 'node:util'
import type { Json } from '../model/json.ts'
import { isoTime } from '../model/time.ts'

type Cell = string | number | null

const cellLength = 60

/** One value in a table: numbers stay numbers, so that they stand to the right; what is structured is JSON, cut where it is long. */
export const cell = (value: Json | undefined): Cell => {
  if (value === undefined) return ''
  if (value === null || typeof value === 'number') return value
  return cut(typeof value === 'string' ? value : JSON.stringify(value), cellLength)
}

export const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`)

/** `2001-03-01 12:00:00`, with milliseconds where there are some; all UTC. */
export const moment = (time: number): string =>
  isoTime(time)
    .replace('T', ' ')
    .replace(/(\.000)?Z$/, '')

type Colour = 'cyan' | 'green' | 'yellow' | 'gray'
type Paint = (colour: Colour, text: string) => string

const plain: Paint = (_, text) => text
const painted: Paint = (colour, text) => styleText(colour, text, { validateStream: false })

/** JSON over several lines, what fits on one kept on one; in colours on a terminal. */
export const prettyJson = (value: Json, isColoured: boolean): string => pretty(value, '', isColoured ? painted : plain)

const lineLength = 100

const pretty = (value: Json, indent: string, paint: Paint): string => {
  if (value === null || typeof value !== 'object') return scalar(value, paint)
  const members = Array.isArray(value)
    ? value.map((part: Json) => ['', part] as const)
    : Object.entries(value as { readonly [name: string]: Json }).map(([name, part]) => [`${JSON.stringify(name)}: `, part] as const)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  if (members.length === 0) return `${open}${close}`
  const isShort = indent.length + JSON.stringify(value).length + 2 * members.length <= lineLength
  const inner = `${indent}  `
  const parts = members.map(([name, part]) => `${name === '' ? '' : paint('cyan', name)}${pretty(part, inner, paint)}`)
  return isShort && indent !== ''
    ? `${open} ${parts.join(', ')} ${close}`
    : `${open}\n${parts.map((part) => inner + part).join(',\n')}\n${indent}${close}`
}

const scalar = (value: null | boolean | number | string, paint: Paint): string =>
  value === null ? paint('gray', 'null') : paint(typeof value === 'string' ? 'green' : 'yellow', JSON.stringify(value))

/** Whether text on standard output may be coloured. */
export const isColoured = (): boolean => process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === ''
