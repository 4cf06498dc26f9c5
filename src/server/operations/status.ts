/** What a data folder holds. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { MillraceError } from '../../base/error.ts'
import type { Center } from '../../store/center/port.ts'
import { findHolder, type Holder } from '../holder.ts'
import type { Platform } from '../platform.ts'

export interface Status {
  /** Hash of definitions and code. */
  readonly project: string
  readonly folder: string
  /** The process that serves the folder. */
  readonly holder: Holder | null
  /** The stamp up to which everything recorded is readable; 0 before anything is. */
  readonly safe: number
  /** By type, as corrected. */
  readonly events: { readonly [type: string]: TypeStatus }
  readonly disk: { readonly bytes: number; readonly files: number; readonly runs: number }
  /** By code, those not let in since. */
  readonly deadLetters: { readonly [code: string]: number }
  /** Places in the file of dead letters where some are lost. */
  readonly lostLetters: readonly string[]
}

/** `from` and `to` are the times of the first and last event, in milliseconds since 1970 UTC. */
export interface TypeStatus {
  /** `null` where damage withholds them. */
  readonly count: number | null
  readonly from: number | null
  readonly to: number | null
  /** Why: LOG_DAMAGED or DATA_DAMAGED. */
  readonly withheld?: { readonly code: string; readonly message: string }
}

export const status = async (platform: Platform, _: Readonly<Record<string, never>> = {}): Promise<Status> => {
  const { project, folder, center, deadLetters } = platform
  const events: Record<string, TypeStatus> = {}
  for (const type of Object.keys(project.plan.events)) events[type] = await typeStatus(center, type)
  return {
    project: project.hash,
    folder,
    holder: (await findHolder(folder)) ?? null,
    safe: Math.max(0, center.safe()),
    events,
    disk: diskUse(folder),
    deadLetters: deadLetters.counts(),
    lostLetters: deadLetters.damaged,
  }
}

/** Whoever asks what there is wants to hear of damage, and not to be refused for it. */
const typeStatus = async (center: Center, type: string): Promise<TypeStatus> => {
  try {
    const { count, from, to } = await center.extent(type)
    return { count, from: count === 0 ? null : from, to: count === 0 ? null : to }
  } catch (error) {
    if (!(error instanceof MillraceError) || !isWithheld(error)) throw error
    const { code, message } = error
    return { count: null, from: null, to: null, withheld: { code, message } }
  }
}

const isWithheld = ({ code }: MillraceError): boolean => code === 'LOG_DAMAGED' || code === 'DATA_DAMAGED'

const diskUse = (folder: string): Status['disk'] => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return {
    bytes: files.reduce((sum, { parentPath, name }) => sum + sizeOf(join(parentPath, name)), 0),
    files: files.length,
    runs: files.filter(({ name }) => name.endsWith('.run')).length,
  }
}

/** A file that a writer removes meanwhile takes no room. */
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
