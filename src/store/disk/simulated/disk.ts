/**
 * A disk in memory that forgets like a real one. What was not synced may be kept, lost, torn in the middle of a page or
 * zeroed when it crashes; names not synced in their folder may be undone, latest first. One seed replays any run.
 */
import { MillraceError } from '../../../base/error.ts'
import type { Disk, DiskFile } from '../port.ts'

const pageBytes = 4096

interface Node {
  bytes: Uint8Array
  size: number
  /** What is on the platter: content of the last good sync, and bytes that reached it since. */
  platter: Uint8Array
  /** Pages written since the last sync. */
  dirty: Set<number>
}

interface Faults {
  /** Bytes in all files together; a write beyond throws DISK_FULL. */
  capacity: number
  /** The next so many syncs fail; what they should have kept counts as clean afterwards, and is lost in a crash (as Linux does). */
  failSyncs: number
}

export interface SimulatedDisk {
  readonly faults: Faults
  /** The disk as a process sees it from now to the next crash; what still runs after that can do nothing more with it. */
  mount(): Disk
  /** The machine loses power: mounts, open files and locks of this life are dead. */
  crash(): void
  /** Damages synced bytes in place: what the disk itself may do to a page that was written long ago. */
  damage(path: string, at: number, bytes: Uint8Array): void
  /** Syncs of files and folders so far. */
  syncs(): number
}

type NameChange = { readonly folder: string; readonly undo: () => void }

export const createSimulatedDisk = (random: () => number): SimulatedDisk => {
  const faults: Faults = { capacity: Number.POSITIVE_INFINITY, failSyncs: 0 }
  const files = new Map<string, Node>()
  let unsyncedNames: NameChange[] = []
  const locked = new Set<string>()
  let life = 0
  let syncs = 0

  const used = (): number => [...files.values()].reduce((sum, node) => sum + node.size, 0)

  const syncing = (): void => {
    syncs++
    if (faults.failSyncs <= 0) return
    faults.failSyncs--
    throw new MillraceError('DISK_ERROR', 'could not sync the file (EIO)')
  }

  const rename = (path: string, node: Node | undefined): void => {
    const before = files.get(path)
    unsyncedNames.push({ folder: folderOf(path), undo: () => place(path, before) })
    place(path, node)
  }

  const place = (path: string, node: Node | undefined): void => {
    if (node === undefined) files.delete(path)
    else files.set(path, node)
  }

  const open = (path: string, mode: 'read' | 'write' | 'create', born: number): DiskFile => {
    if (!files.has(path)) {
      if (mode !== 'create') throw new MillraceError('FILE_MISSING', 'could not open the file (ENOENT)', { at: path })
      rename(path, { bytes: new Uint8Array(0), size: 0, platter: new Uint8Array(0), dirty: new Set() })
    }
    const node = files.get(path)!
    const live = (): Node => {
      if (born !== life) throw lostPower()
      return node
    }
    return {
      path,
      size: () => live().size,
      read: (into, at) => readNode(live(), into, at),
      write: (bytes, at) => {
        const growth = Math.max(0, at + bytes.length - live().size)
        const room = Math.max(0, faults.capacity - used())
        // A real disk writes what still fits and then fails.
        const fits = growth <= room ? bytes : bytes.subarray(0, Math.max(0, bytes.length - (growth - room)))
        writeNode(node, fits, at)
        if (fits.length < bytes.length) throw full(path)
      },
      truncate: (size) => truncateNode(live(), size),
      sync: async () => {
        await Promise.resolve()
        const target = live()
        try {
          syncing()
          target.platter = target.bytes.slice(0, target.size)
        } finally {
          target.dirty.clear()
        }
      },
      close: () => {},
    }
  }

  const mount = (): Disk => {
    const born = life
    const alive =
      <A extends unknown[], T>(work: (...args: A) => T) =>
      (...args: A): T => {
        if (born !== life) throw lostPower()
        return work(...args)
      }
    return {
      open: alive((path, mode) => open(path, mode, born)),
      exists: alive((path) => files.has(path)),
      list: alive((folder) =>
        [...files.keys()]
          .filter((path) => folderOf(path) === folder)
          .map((path) => path.slice(folder === '' ? 0 : folder.length + 1))
          .sort(),
      ),
      makeFolder: alive(() => {}),
      rename: alive((from: string, to: string) => {
        const node = files.get(from)
        if (node === undefined) throw new MillraceError('FILE_MISSING', 'could not rename the file (ENOENT)', { at: from })
        const [replaced, folder] = [files.get(to), folderOf(to)]
        // One change: a crash never leaves both names or none.
        unsyncedNames.push({
          folder,
          undo: () => {
            place(from, node)
            place(to, replaced)
          },
        })
        files.delete(from)
        files.set(to, node)
      }),
      remove: alive((path: string) => {
        if (files.has(path)) rename(path, undefined)
      }),
      syncFolder: alive(async (folder: string) => {
        await Promise.resolve()
        if (born !== life) throw lostPower()
        syncing()
        unsyncedNames = unsyncedNames.filter((change) => change.folder !== folder)
      }),
      lock: alive((folder: string) => {
        if (locked.has(folder)) {
          throw new MillraceError('DATA_FOLDER_IN_USE', 'another process holds the data folder', { at: folder, value: `pid ${life}` })
        }
        locked.add(folder)
        return { release: () => born === life && locked.delete(folder) }
      }),
    }
  }

  return {
    faults,
    mount,
    crash: () => {
      life++
      locked.clear()
      while (unsyncedNames.length > 0 && random() < 0.7) unsyncedNames.pop()!.undo()
      unsyncedNames = []
      for (const [path, node] of files) files.set(path, afterCrash(node, random))
    },
    damage: (path, at, bytes) => {
      const node = files.get(path)!
      writeNode(node, bytes, at)
      node.platter = node.bytes.slice(0, node.size)
    },
    syncs: () => syncs,
  }
}

const lostPower = (): MillraceError => new MillraceError('DISK_ERROR', 'the machine lost power')

const full = (path: string): MillraceError =>
  new MillraceError('DISK_FULL', 'could not write the file (ENOSPC)', { at: path, hint: 'make room', retryable: true })

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

const readNode = (node: Node, into: Uint8Array, at: number): number => {
  const part = node.bytes.subarray(Math.min(at, node.size), Math.min(node.size, at + into.length))
  into.set(part)
  return part.length
}

const writeNode = (node: Node, bytes: Uint8Array, at: number): void => {
  const end = at + bytes.length
  if (end > node.bytes.length) {
    const grown = new Uint8Array(Math.max(end, node.bytes.length * 2))
    grown.set(node.bytes.subarray(0, node.size))
    node.bytes = grown
  }
  if (at > node.size) node.bytes.fill(0, node.size, at)
  node.bytes.set(bytes, at)
  node.size = Math.max(node.size, end)
  for (let page = Math.floor(at / pageBytes); page * pageBytes < end; page++) node.dirty.add(page)
}

const truncateNode = (node: Node, size: number): void => {
  if (size > node.size) writeNode(node, new Uint8Array(size - node.size), node.size)
  for (let page = Math.floor(size / pageBytes); page * pageBytes < node.size; page++) node.dirty.add(page)
  node.size = size
}

/**
 * Each dirty page meets its own fate; the size is the old one, the new one, or between. Zeroes come only where nothing was
 * synced before: a sector is written whole or not at all, so synced bytes that share a page with new ones stay.
 */
const afterCrash = (node: Node, random: () => number): Node => {
  const size = pick(random, [
    node.platter.length,
    node.size,
    Math.floor(node.platter.length + random() * (node.size - node.platter.length)),
  ])
  const bytes = new Uint8Array(size)
  bytes.set(node.platter.subarray(0, Math.min(size, node.platter.length)))
  for (const page of node.dirty) {
    const [from, to] = [page * pageBytes, Math.min(size, node.size, (page + 1) * pageBytes)]
    if (from >= to) continue
    const written = node.bytes.subarray(from, to)
    const fate = random()
    if (fate < 0.4) bytes.set(written, from)
    else if (fate < 0.6) bytes.set(written.subarray(0, Math.floor(random() * written.length)), from)
    else if (fate < 0.8) bytes.fill(0, Math.min(to, Math.max(from, node.platter.length)), to)
  }
  return { bytes, size, platter: bytes.slice(), dirty: new Set() }
}

const pick = (random: () => number, of: readonly number[]): number => of[Math.floor(random() * of.length)]!
