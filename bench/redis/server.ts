/** A Redis of its own for a bench: Debian's server on a free port of the loopback, without persistence. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { MillraceError } from '../../src/base/error.ts'
import { connectRedis, type RedisClient } from './client.ts'

export interface RedisServer {
  readonly client: RedisClient
  readonly version: string
  /** Ends the server by its process. */
  close(): Promise<void>
}

/** Throws PEER_MISSING where no `redis-server` is on the path. */
export const startRedis = async (): Promise<RedisServer> => {
  const program = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'redis-server'))
    .find((path) => existsSync(path))
  if (program === undefined) {
    throw new MillraceError('PEER_MISSING', 'this bench compares with Redis, and no redis-server is on the path', {
      hint: 'apt-get install redis-server',
    })
  }
  const port = await freePort()
  const server = spawn(program, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: 'ignore' })
  const kill = (): void => void server.kill('SIGTERM')
  const stop = (): void => process.exit(130)
  process.once('exit', kill)
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    const client = await connected(port, server)
    const info = String((await client.send([['INFO', 'server']]))[0])
    return {
      client,
      version: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown',
      close: async () => {
        process.off('exit', kill)
        process.off('SIGINT', stop)
        process.off('SIGTERM', stop)
        client.close()
        await ended(server)
      },
    }
  } catch (error) {
    await ended(server)
    throw error
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })

const triesLimit = 100

const connected = async (port: number, server: ChildProcess): Promise<RedisClient> => {
  for (let tries = 0; ; tries++) {
    try {
      return await connectRedis(port)
    } catch (error) {
      if (tries === triesLimit || server.exitCode !== null) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

const ended = (server: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve()
    server.once('exit', () => resolve())
    server.kill('SIGTERM')
  })
