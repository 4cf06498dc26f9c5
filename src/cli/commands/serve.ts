import type { Command } from 'commander'
import { MillraceError } from '../../base/error.ts'
import type { ProjectPlan } from '../../model/plan.ts'
import { ensureStarted, fast, held } from '../../server/surroundings.ts'
import { byteSize, wholeNumber } from '../arguments.ts'
import { exitCodes } from '../output.ts'
import { addCommand, type CommonOptions, onAction } from '../session.ts'

interface Options extends CommonOptions {
  readonly port: number
  readonly memory?: number
}

const defaultPort = 7411
const mostPort = 65_535

export const registerServe = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'serve',
    summary: 'answers calls and queries over HTTP on this machine, and commands on its folder',
    examples: ['serve', 'serve --port 0', 'serve --memory 512mb', 'serve --project examples/cards --json'],
  })
    .option('--port <n>', 'on 127.0.0.1; 0 takes a free one', wholeNumber(0, mostPort), defaultPort)
    .option('--memory <size>', 'what the process may have resident, about: 384mb or more (default: no limit)', byteSize)
  onAction<Options>(command, async ({ options, output, signal }) => {
    ensureStarted(options.memory === undefined ? fast : held)
    const served = await open(options)
    try {
      const { url, folder, plan, pid } = served
      output.result({ url, pid, folder }, () => welcome(url, folder, plan))
      await ended(signal)
      output.note('closing')
    } finally {
      await served.close()
    }
    return exitCodes.well
  })
}

const open = async ({ project, data, port, memory }: Options) => {
  const { openPlatform } = await import('../../server/compose.ts')
  const { announceHolder, dataFolder, findHolder, withdrawHolder } = await import('../../server/holder.ts')
  const { serveHttp } = await import('../../server/http/server.ts')
  const { projectEntry } = await import('../../jobs/realm/bundle.ts')
  const folder = dataFolder(projectEntry(project), data)
  const holder = await findHolder(folder)
  if (holder !== undefined)
    throw new MillraceError('DATA_FOLDER_IN_USE', `process ${holder.pid} serves it at ${holder.url}`, {
      at: folder,
      hint: 'use that one, stop it, or serve another folder with --data',
    })
  const platform = await openPlatform({
    project,
    ...(data !== undefined && { data }),
    ...(memory !== undefined && { memoryBytes: memory }),
  })
  try {
    const server = await serveHttp(platform, port)
    platform.warmth.start()
    announceHolder(platform.folder, server.url)
    return {
      url: server.url,
      folder: platform.folder,
      plan: platform.project.plan,
      pid: process.pid,
      close: async () => {
        withdrawHolder(platform.folder)
        await server.close()
        await platform.close()
      },
    }
  } catch (error) {
    await platform.close()
    throw error
  }
}

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Addresses, and what to try with the definitions at hand. */
export const welcome = (url: string, folder: string, { jobs, windows }: ProjectPlan): string => {
  const [job] = Object.keys(jobs)
  const [first] = Object.entries(windows)
  return [
    `serving ${folder}`,
    `  ${url}/              what there is`,
    `  ${url}/openapi.json  all of it described (OpenAPI 3.1)`,
    '',
    'in another terminal, in this folder:',
    '  millrace status',
    ...(first === undefined ? [] : [`  millrace query ${first[0]} ${first[1].by.map((dimension) => `${dimension}=…`).join(' ')}`]),
    ...(job === undefined
      ? []
      : [
          `  millrace trial ${job}`,
          `  millrace call ${job} '{…}'`,
          `  curl -X POST ${url}/jobs/${job}/call -H 'content-type: application/json' -d '{"input": {…}}'`,
        ]),
    '',
    'Ctrl-C ends it',
  ].join('\n')
}
