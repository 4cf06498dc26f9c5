/** Who holds a data folder, and where it answers: a small file beside the data, written by the process that serves it. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export interface Holder {
  readonly pid: number
  readonly url: string
}

/** Where a project's data lies: beside its definitions, unless said. */
export const dataFolder = (entry: string, data: string | undefined): string => resolve(data ?? `${dirname(entry)}/.millrace`)

const fileIn = (folder: string): string => join(folder, 'holder.json')

export const announceHolder = (folder: string, url: string): void => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(fileIn(folder), JSON.stringify({ pid: process.pid, url } satisfies Holder))
}

export const withdrawHolder = (folder: string): void => rmSync(fileIn(folder), { force: true })

/** The process that serves this folder now; undefined when there is none, or it is gone: a file that it left, or half wrote, says nothing. */
export const findHolder = async (folder: string): Promise<Holder | undefined> => {
  if (!existsSync(fileIn(folder))) return undefined
  try {
    const holder = JSON.parse(readFileSync(fileIn(folder), 'utf8')) as Holder
    const answer = await fetch(`${holder.url}/health`, { signal: AbortSignal.timeout(2000) })
    return ((await answer.json()) as { pid?: number }).pid === holder.pid ? holder : undefined
  } catch {
    return undefined
  }
}
