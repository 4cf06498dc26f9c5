/** A command's way to a data folder: here, or by the process that serves it. */
import { MillraceError } from '../base/error.ts'
import type { Connection } from '../server/connection.ts'
import { dataFolder, findHolder } from '../server/holder.ts'
import { connectRemote } from '../server/remote.ts'

export interface Where {
  readonly project: string
  readonly data?: string
}

/** Throws DATA_FOLDER_IN_USE where a process holds the folder that answers nobody, and what opening it throws. */
export const connectTo = async (where: Where): Promise<Connection> => {
  const { projectEntry } = await import('../jobs/realm/bundle.ts')
  const folder = dataFolder(projectEntry(where.project), where.data)
  const serving = async (): Promise<Connection | undefined> => {
    const holder = await findHolder(folder)
    return holder && connectRemote(holder.url)
  }
  return (await serving()) ?? openHere(where, serving)
}

/** What a served folder does not need is loaded only here. */
const openHere = async ({ project, data }: Where, serving: () => Promise<Connection | undefined>): Promise<Connection> => {
  const { openPlatform } = await import('../server/compose.ts')
  const { connectLocal } = await import('../server/connection.ts')
  const open = async () => connectLocal(await openPlatform({ project, ...(data !== undefined && { data }) }))
  try {
    return await open()
  } catch (error) {
    if (!isInUse(error)) throw error
    await new Promise((resolve) => setTimeout(resolve, startingMs))
    const served = await serving()
    if (served !== undefined) return served
    return open().catch((again: unknown) => {
      throw isInUse(again) ? heldBySilent(again) : again
    })
  }
}

/** A process that begins to serve holds the folder a moment before it answers. */
const startingMs = 700

const isInUse = (error: unknown): error is MillraceError => error instanceof MillraceError && error.code === 'DATA_FOLDER_IN_USE'

const heldBySilent = ({ details }: MillraceError): MillraceError =>
  new MillraceError(
    'DATA_FOLDER_IN_USE',
    'another process holds the data folder and answers no commands: an import or a batch may run there',
    {
      ...details,
      hint: "wait for its end or stop it with Ctrl-C; beside a running 'millrace serve', commands work at any time",
    },
  )
