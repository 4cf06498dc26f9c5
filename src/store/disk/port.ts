/**
 * What log and center need of a file system, so that both can stand on a simulated one. Paths are relative to the disk's
 * root, with `/` between parts. Reads and writes go to the system's cache and return at once; only `sync` makes them last.
 *
 * Failures are `MillraceError`s: DISK_FULL (retryable; nothing is promised about the bytes of the failed write), DISK_ACCESS,
 * FILE_MISSING, DISK_ERROR. After a failed `sync` the bytes written since the last good one must never be trusted: the system
 * may have dropped them and say "synced" the next time.
 */
export interface DiskFile {
  readonly path: string
  size(): number
  /** Fills `into` from byte `at` on; gives the number of bytes there were, less than asked only at the file's end. */
  read(into: Uint8Array, at: number): number
  /** Writes all of `bytes` or throws. */
  write(bytes: Uint8Array, at: number): void
  truncate(size: number): void
  /** Everything written so far, and the size, survive a crash once it resolves (fdatasync). */
  sync(): Promise<void>
  close(): void
}

export interface DiskLock {
  release(): void
}

export interface Disk {
  /** Opens for reading; with `create` for writing too, made when missing. */
  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile
  exists(path: string): boolean
  /** Names (not paths) in a folder, sorted; none when the folder is missing. */
  list(folder: string): string[]
  /** Makes the folder and those above it. */
  makeFolder(folder: string): void
  /** Replaces what stands at `to`. */
  rename(from: string, to: string): void
  /** Removes a file; a missing one is no error. Open files stay readable. */
  remove(path: string): void
  /** Makes files' creations, renames and removals in this folder last. */
  syncFolder(folder: string): Promise<void>
  /** Takes the folder for this process, or throws DATA_FOLDER_IN_USE with the holder's pid. The lock ends with its process, however that ends. */
  lock(folder: string): DiskLock
}

/**
 * Writes a small file so that after a crash either the old or the new content is there, whole. Where it fails before the new one took
 * the old one's place, nothing of the new one stays; a process that is killed leaves it at `leftoverOf(path)`.
 */
export const replaceFile = async (disk: Disk, path: string, bytes: Uint8Array): Promise<void> => {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')))
  const fresh = leftoverOf(path)
  try {
    await writeWhole(disk, fresh, bytes)
    disk.rename(fresh, path)
  } catch (error) {
    removeIfPossible(disk, fresh)
    throw error
  }
  await disk.syncFolder(folder)
}

/** Where `replaceFile` keeps the new content until all of it lasts. */
export const leftoverOf = (path: string): string => `${path}.new`

const writeWhole = async (disk: Disk, path: string, bytes: Uint8Array): Promise<void> => {
  const file = disk.open(path, 'create')
  try {
    file.truncate(0)
    file.write(bytes, 0)
    await file.sync()
  } finally {
    file.close()
  }
}

const removeIfPossible = (disk: Disk, path: string): void => {
  try {
    disk.remove(path)
  } catch {
    // What failed before is what the caller is to hear of.
  }
}

/** The whole content of a file. */
export const readFile = (disk: Disk, path: string): Uint8Array => {
  const file = disk.open(path, 'read')
  try {
    const bytes = new Uint8Array(file.size())
    return bytes.subarray(0, file.read(bytes, 0))
  } finally {
    file.close()
  }
}
