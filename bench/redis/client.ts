/** As much of a Redis client as benches need: commands in pipelines, replies in order (RESP 2). */
import { connect, type Socket } from 'node:net'

export type Reply = string | number | null | readonly Reply[]

export interface RedisClient {
  /** Sends the commands in one write; resolves with all replies. Throws with Redis' own message where one is an error. */
  send(commands: readonly (readonly string[])[]): Promise<readonly Reply[]>
  close(): void
}

export const connectRedis = (port: number): Promise<RedisClient> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(clientOf(socket))
    })
  })

interface Waiting {
  readonly count: number
  readonly replies: Reply[]
  readonly resolve: (replies: readonly Reply[]) => void
  readonly reject: (error: Error) => void
}

const clientOf = (socket: Socket): RedisClient => {
  const waiting: Waiting[] = []
  const fail = (error: Error): void => {
    for (const one of waiting.splice(0)) one.reject(error)
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('Redis closed the connection')))
  const parse = createParser((reply) => {
    const [first] = waiting as [Waiting]
    first.replies.push(reply)
    if (first.replies.length === first.count) waiting.shift()!.resolve(first.replies)
  })
  socket.on('data', (chunk: Buffer) => {
    try {
      parse(chunk)
    } catch (error) {
      fail(error as Error)
    }
  })
  return {
    send: (commands) =>
      new Promise((resolve, reject) => {
        waiting.push({ count: commands.length, replies: [], resolve, reject })
        socket.write(encode(commands))
      }),
    close: () => {
      socket.removeAllListeners('close')
      socket.destroy()
    },
  }
}

const encode = (commands: readonly (readonly string[])[]): string => {
  let text = ''
  for (const parts of commands) {
    text += `*${parts.length}\r\n`
    for (const part of parts) text += `$${Buffer.byteLength(part)}\r\n${part}\r\n`
  }
  return text
}

/** A list of which `left` elements are still to come. */
interface Open {
  readonly list: Reply[]
  left: number
}

/** Takes bytes as they come and gives each reply when it is whole; nothing that was read is read again. */
const createParser = (emit: (reply: Reply) => void): ((chunk: Buffer) => void) => {
  let bytes: Buffer = Buffer.alloc(0)
  let at = 0
  const open: Open[] = []
  const add = (value: Reply): void => {
    const inner = open.at(-1)
    if (inner === undefined) emit(value)
    else {
      inner.list.push(value)
      inner.left--
      if (inner.left === 0) add(open.pop()!.list)
    }
  }
  /** False where the rest is not there yet. */
  const readOne = (): boolean => {
    const end = bytes.indexOf('\r\n', at)
    if (end < 0) return false
    const [kind, line] = [String.fromCharCode(bytes[at]!), bytes.toString('latin1', at + 1, end)]
    let next = end + 2
    if (kind === '+') add(line)
    else if (kind === ':') add(Number(line))
    else if (kind === '$' || kind === '*') {
      const length = Number(line)
      if (length < 0) add(null)
      else if (kind === '*' && length === 0) add([])
      else if (kind === '*') open.push({ list: [], left: length })
      else {
        if (next + length + 2 > bytes.length) return false
        add(bytes.toString('utf8', next, next + length))
        next += length + 2
      }
    } else throw new Error(`Redis: ${kind}${line}`)
    at = next
    return true
  }
  return (chunk) => {
    bytes = at === bytes.length ? chunk : Buffer.concat([bytes.subarray(at), chunk])
    at = 0
    while (at < bytes.length && readOne());
  }
}
