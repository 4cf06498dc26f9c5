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

/** An empty folder for one run's output. */
export const freshFolder = (name: string): string => {
  const folder = join(cacheFolder, 'runs', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}
