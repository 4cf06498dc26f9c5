/** Every page of a run against its sum. */
import { crc32 } from '../../../disk/crc.ts'
import type { Disk } from '../../../disk/port.ts'
import { isDamage, openRunFile, pageRows, type Section } from './file.ts'
import type { RunFooter } from './footer.ts'

interface DamagedPart {
  readonly part: string
  /** Rows [from, to) that it belongs to: all, where its pages are not laid out by rows. */
  readonly rows: { readonly from: number; readonly to: number }
}

/** Pages of one section that follow each other are one part. */
export const examineRun = (disk: Disk, path: string, rows: number): readonly DamagedPart[] => {
  try {
    const { file, footer, sums } = openRunFile<RunFooter>(disk, path)
    try {
      return sectionsIn(footer, '').flatMap(({ part, section }) => examineSection(file.read, { part, section, sums, rows: footer.rows }))
    } finally {
      file.close()
    }
  } catch (error) {
    if (!isDamage(error)) throw error
    return [{ part: error.code === 'FILE_MISSING' ? 'the file, which is missing' : 'the footer', rows: { from: 0, to: rows } }]
  }
}

interface Examined {
  readonly part: string
  readonly section: Section
  readonly sums: Uint32Array
  readonly rows: number
}

const examineSection = (read: (into: Uint8Array, at: number) => number, { part, section, sums, rows }: Examined): DamagedPart[] => {
  const found: { part: string; rows: { from: number; to: number } }[] = []
  const { at, length, page, first } = section
  const perRow = page / pageRows
  const isByRow = length === rows * perRow || length === (rows + 1) * perRow
  const bytes = new Uint8Array(page)
  for (let number = 0; number * page < length; number++) {
    const own = bytes.subarray(0, Math.min(page, length - number * page))
    if (read(own, at + number * page) === own.length && crc32(own) === sums[first + number]) continue
    const from = isByRow ? Math.min(rows - 1, number * pageRows) : 0
    const to = isByRow ? Math.min(rows, (number + 1) * pageRows) : rows
    const last = found.at(-1)
    if (last !== undefined && from <= last.rows.to) last.rows.to = Math.max(to, last.rows.to)
    else found.push({ part, rows: { from, to } })
  }
  return found
}

const isSection = (value: object): value is Section => 'at' in value && 'length' in value && 'page' in value && 'first' in value

/** Sections wherever the footer names them; the path there is the part's name. */
const sectionsIn = (value: unknown, part: string): readonly { readonly part: string; readonly section: Section }[] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  if (isSection(value)) return [{ part, section: value }]
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'schema' ? [] : sectionsIn(inner, part === '' ? name : `${part}.${name}`),
  )
}
