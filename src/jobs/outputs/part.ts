/**
 * A file that grows slice by slice and can be taken up after any kill: bytes go to `FILE.millrace-data`, and after they are
 * synced a line of `FILE.millrace-part` says so (JSON, with a checksum; the first line names the work and the format). The file
 * appears under its own name when it is whole.
 */
import { MillraceError } from '../../base/error.ts'
import { crc32 } from '../../store/disk/crc.ts'
import { type Disk, type DiskFile, readFile } from '../../store/disk/port.ts'
import type { EncodedRows, RowsFormat, SliceNote } from './rows-format.ts'

export interface ResultWriter {
  /** Slices that an earlier try completed: they must not be written again. */
  readonly slices: number
  /** Rows in them. */
  readonly rows: number
  /** Resolves when the slice will survive a kill and a power cut. */
  write(slice: EncodedRows): Promise<void>
  /** Completes the file and gives it its name. */
  finish(): Promise<void>
  /** Leaves what is complete for a later try; nothing after `finish`. */
  close(): void
}

export interface PartOptions {
  readonly disk: Disk
  /** Relative to the disk's root. */
  readonly path: string
  readonly format: Pick<RowsFormat, 'header' | 'footer'>
  /** Names the work and everything that its bytes depend on: parts of another are thrown away. */
  readonly key: string
}

/** Since 2, notes tell places counted from their slice's beginning; since 3, of Parquet, how each chunk is compressed. */
const partFormat = 3

interface Line {
  readonly head?: { readonly format: number; readonly key: string }
  /** `end`: bytes of the data file with this slice. */
  readonly slice?: { readonly rows: number; readonly end: number; readonly note: SliceNote }
  /** The footer is in place, the file has so many bytes; only its name is missing. */
  readonly whole?: { readonly size: number }
}

/** Opens the part of an earlier try, or begins a new one. Throws FORMAT_TOO_NEW. */
export const openPart = async ({ disk, path, format, key }: PartOptions): Promise<ResultWriter> => {
  const [dataPath, statePath] = [`${path}.millrace-data`, `${path}.millrace-part`]
  const found = disk.exists(statePath) ? readLines(disk, statePath) : { lines: [], end: 0 }
  const isOurs = found.lines[0]?.head?.key === key && found.lines[0].head.format === partFormat
  const slices = isOurs ? found.lines.flatMap(({ slice }) => (slice === undefined ? [] : [slice])) : []
  if (isOurs && !disk.exists(dataPath)) {
    const whole = found.lines.find((line) => line.whole !== undefined)?.whole
    if (whole !== undefined && sizeOf(disk, path) === whole.size) return alreadyNamed(disk, path, statePath, slices)
    throw new MillraceError('OUTPUT_DAMAGED', 'the data of an earlier try is gone', {
      at: dataPath,
      hint: `remove ${statePath} to begin anew`,
    })
  }
  const data = disk.open(dataPath, 'create')
  const state = disk.open(statePath, 'create')
  let stateEnd = isOurs ? found.end : 0
  let end = slices.at(-1)?.end ?? format.header.length
  const add = async (line: Line): Promise<void> => {
    const bytes = lineBytes(line)
    state.write(bytes, stateEnd)
    stateEnd += bytes.length
    await state.sync()
  }
  let isOpen = true
  const close = (): void => {
    if (!isOpen) return
    isOpen = false
    data.close()
    state.close()
  }
  await begin({ disk, path, data, state, isOurs, header: format.header, end, stateEnd }, key, add)
  const counts = { slices: slices.length, rows: slices.reduce((sum, { rows }) => sum + rows, 0) }
  return {
    ...counts,
    write: async ({ rows, bytes, note }) => {
      if (!disk.exists(dataPath)) throw new MillraceError('OUTPUT_DAMAGED', 'the file was removed while it was written', { at: dataPath })
      data.write(bytes, end)
      await data.sync()
      const slice = { rows, end: end + bytes.length, note }
      await add({ slice })
      slices.push(slice)
      end = slice.end
    },
    finish: async () => {
      const footer = format.footer(slices.map(({ note }, i) => ({ at: slices[i - 1]?.end ?? format.header.length, note })))
      data.truncate(end)
      data.write(footer, end)
      await data.sync()
      await add({ whole: { size: end + footer.length } })
      close()
      disk.rename(dataPath, path)
      await disk.syncFolder(folderOf(path))
      await removeState(disk, path, statePath)
    },
    close,
  }
}

interface Beginning {
  readonly disk: Disk
  readonly path: string
  readonly data: DiskFile
  readonly state: DiskFile
  readonly isOurs: boolean
  readonly header: Uint8Array
  readonly end: number
  readonly stateEnd: number
}

/** What was written beyond the last complete slice is cut off. */
const begin = async (
  { disk, path, data, state, isOurs, header, end, stateEnd }: Beginning,
  key: string,
  add: (line: Line) => Promise<void>,
): Promise<void> => {
  state.truncate(stateEnd)
  if (isOurs && data.size() < end) {
    throw new MillraceError('OUTPUT_DAMAGED', 'the part of an earlier try is shorter than it says', {
      at: data.path,
      value: data.size(),
      expected: `${end} bytes`,
      hint: `remove ${data.path} and ${state.path} to begin anew`,
    })
  }
  data.truncate(isOurs ? end : 0)
  if (!isOurs || end === header.length) data.write(header, 0)
  await data.sync()
  if (!isOurs) await add({ head: { format: partFormat, key } })
  await disk.syncFolder(folderOf(path))
}

/** The kill came between the naming and the removal of the state. */
const alreadyNamed = (disk: Disk, path: string, statePath: string, slices: readonly { readonly rows: number }[]): ResultWriter => ({
  slices: slices.length,
  rows: slices.reduce((sum, { rows }) => sum + rows, 0),
  write: async () => {
    throw new MillraceError('OUTPUT_WHOLE', 'the file is complete already', { at: path, hint: 'write to another file, or remove this one' })
  },
  finish: () => removeState(disk, path, statePath),
  close: () => undefined,
})

const sizeOf = (disk: Disk, path: string): number | undefined => {
  if (!disk.exists(path)) return undefined
  const file = disk.open(path, 'read')
  try {
    return file.size()
  } finally {
    file.close()
  }
}

const removeState = async (disk: Disk, path: string, statePath: string): Promise<void> => {
  disk.remove(statePath)
  await disk.syncFolder(folderOf(path))
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

const lineBytes = (line: Line): Uint8Array => {
  const json = Buffer.from(JSON.stringify(line))
  return Buffer.concat([Buffer.from(`${crc32(json).toString(16).padStart(8, '0')} `), json, Buffer.from('\n')])
}

/** The lines up to the first that is torn, and where they end. */
const readLines = (disk: Disk, path: string): { readonly lines: readonly Line[]; readonly end: number } => {
  const bytes = Buffer.from(readFile(disk, path))
  const lines: Line[] = []
  let end = 0
  for (let next = bytes.indexOf(10, end); next >= 0; next = bytes.indexOf(10, end)) {
    const json = bytes.subarray(end + 9, next)
    if (bytes.toString('latin1', end, end + 8) !== crc32(json).toString(16).padStart(8, '0')) break
    const line = JSON.parse(json.toString('utf8')) as Line
    if (line.head !== undefined && line.head.format > partFormat) {
      throw new MillraceError('FORMAT_TOO_NEW', 'the output was begun by a newer Millrace', {
        at: path,
        value: line.head.format,
        hint: 'use a version at least as new',
      })
    }
    lines.push(line)
    end = next + 1
  }
  return { lines, end }
}
