import * as fs from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MillraceError } from '../../../base/error.ts'
import type { DiskLock } from '../port.ts'
import { attempt } from './errors.ts'

/**
 * The lock of a data folder. A file that only names a pid cannot be taken over safely (two processes may both find it stale,
 * pids are used again), so the lock proper is one of the kernel's file locks, which end with their process. Node has no call
 * for these; SQLite takes one on an empty database held in an exclusive transaction. `lock.pid` beside it is for people only.
 */
export const lockFolder = (folder: string): DiskLock => {
  const file = join(folder, 'lock')
  const named = join(folder, 'lock.pid')
  // SQLite gives no reason where it may not make a file, and takes a lock that keeps nobody out where it may not write it. Asked, not
  // tried: closing a file frees whatever locks this process has on it.
  attempt('open', file, () => fs.accessSync(fs.existsSync(file) ? file : folder, fs.constants.W_OK))
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (cause) {
    database.close()
    if ((cause as { errcode?: number }).errcode !== sqliteBusy)
      throw new MillraceError('DISK_ERROR', 'could not take the lock', { at: folder, cause })
    throw new MillraceError('DATA_FOLDER_IN_USE', 'another process holds the data folder', {
      at: folder,
      value: `pid ${holder(named)}`,
      hint: 'stop it, or give the command to it while it serves',
      retryable: true,
    })
  }
  try {
    attempt('write', named, () => fs.writeFileSync(named, `${process.pid}\n`))
  } catch (error) {
    database.close()
    throw error
  }
  held.add(database)
  return {
    release() {
      fs.rmSync(named, { force: true })
      held.delete(database)
      database.close()
    },
  }
}

/** A database that nothing refers to is closed by the garbage collector, and its lock is gone: whoever drops a lock still holds it. */
const held = new Set<DatabaseSync>()

const sqliteBusy = 5

const holder = (path: string): string => {
  try {
    return fs.readFileSync(path, 'utf8').trim() || 'unknown'
  } catch {
    return 'unknown'
  }
}
