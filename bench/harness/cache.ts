/** Generated data, made once and kept below the system's folder for temporary files. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const cacheFolder = join(tmpdir(), 'millrace-bench')

/** The folder that `make` filled, now or earlier. The name says everything that the content depends on. */
export const cached = async (name: string, make: (folder: string) => Promise<void>): Promise<string> => {
  const folder = join(cacheFolder, name)
  if (existsSync(folder)) return folder
  const fresh = `${folder}.new`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { recursive: true })
  await make(fresh)
  renameSync(fresh, folder)
  return folder
}

/** An empty folder for one run's output, of this process alone; gone when it ends. */
export const freshFolder = (name: string): string => {
  const own = join(cacheFolder, 'runs', String(process.pid))
  const folder = join(own, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  if (!removed.has(own)) process.once('exit', () => rmSync(own, { recursive: true, force: true }))
  removed.add(own)
  return folder
}

/** Folders that are removed at the end. */
const removed = new Set<string>()
