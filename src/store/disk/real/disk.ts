import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { Disk, DiskFile } from '../port.ts'
import { attempt, diskError } from './errors.ts'
import { lockFolder } from './lock.ts'

export interface RealDiskOptions {
  /** Rights of files that are made; this user's alone unless set. */
  readonly fileMode?: number
}

/** The disk below `root`, through node:fs. */
export const createRealDisk = (root: string, { fileMode = 0o600 }: RealDiskOptions = {}): Disk => {
  const at = (path: string): string => join(root, path)
  return {
    open: (path, mode) => openFile({ path, full: at(path), mode, fileMode }),
    exists: (path) => fs.existsSync(at(path)),
    list: (folder) => attempt('list', folder, () => (fs.existsSync(at(folder)) ? fs.readdirSync(at(folder)).sort() : [])),
    makeFolder: (folder) => attempt('make', folder, () => makeFolders(at(folder))),
    rename: (from, to) => attempt('rename', from, () => fs.renameSync(at(from), at(to))),
    remove: (path) => attempt('remove', path, () => fs.rmSync(at(path), { force: true })),
    syncFolder: (folder) => syncFolder(folder, at(folder)),
    lock: (folder) => lockFolder(at(folder)),
  }
}

/** Each folder that is new is synced in the one above it: else a crash may lose the folder with all its synced files. */
const makeFolders = (full: string): void => {
  if (fs.existsSync(full)) return
  makeFolders(dirname(full))
  fs.mkdirSync(full)
  const above = fs.openSync(dirname(full), 'r')
  try {
    fs.fsyncSync(above)
  } finally {
    fs.closeSync(above)
  }
}

const flags = { read: fs.constants.O_RDONLY, write: fs.constants.O_RDWR, create: fs.constants.O_RDWR | fs.constants.O_CREAT }

interface Opening {
  readonly path: string
  readonly full: string
  readonly mode: keyof typeof flags
  readonly fileMode: number
}

const openFile = ({ path, full, mode, fileMode }: Opening): DiskFile => {
  const fd = attempt('open', path, () => fs.openSync(full, flags[mode], fileMode))
  return {
    path,
    size: () => attempt('size', path, () => fs.fstatSync(fd).size),
    read: (into, at) => attempt('read', path, () => readAll(fd, into, at)),
    write: (bytes, at) => attempt('write', path, () => writeAll(fd, bytes, at)),
    truncate: (size) => attempt('truncate', path, () => fs.ftruncateSync(fd, size)),
    sync: () => synced(path, (done) => fs.fdatasync(fd, done)),
    close: () => attempt('close', path, () => fs.closeSync(fd)),
  }
}

const readAll = (fd: number, into: Uint8Array, at: number): number => {
  let done = 0
  while (done < into.length) {
    const count = fs.readSync(fd, into, done, into.length - done, at + done)
    if (count === 0) break
    done += count
  }
  return done
}

const writeAll = (fd: number, bytes: Uint8Array, at: number): void => {
  let done = 0
  while (done < bytes.length) done += fs.writeSync(fd, bytes, done, bytes.length - done, at + done)
}

const synced = (path: string, start: (done: (error: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => start((error) => (error === null ? resolve() : reject(diskError('sync', path, error)))))

const syncFolder = async (folder: string, full: string): Promise<void> => {
  const fd = attempt('open', folder, () => fs.openSync(full, 'r'))
  try {
    await synced(folder, (done) => fs.fsync(fd, done))
  } finally {
    fs.closeSync(fd)
  }
}
