import * as fs from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MillraceError } from '../../../base/error.ts'
import type { DiskLock } from '../port.ts'

/**
 * The lock of a data folder. A file that only names a pid cannot be taken over safely (two processes may both find it stale,
 * pids are used again), so the lock proper is one of the kernel's file locks, which end with their process. Node has no call
 * for these; SQLite takes one on an empty database held in an exclusive transaction. `lock.pid` beside it is for people only.
 */
export const lockFolder = (folder: string): DiskLock => {
  const database = new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
  const named = join(folder, 'lock.pid')
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
  held.add(database)
  fs.writeFileSync(named, `${process.pid}\n`)
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
