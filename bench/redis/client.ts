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
  let unread: Buffer = Buffer.alloc(0)
  const fail = (error: Error): void => {
    for (const one of waiting.splice(0)) one.reject(error)
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('Redis closed the connection')))
  socket.on('data', (chunk: Buffer) => {
    const cursor = { bytes: unread.length === 0 ? chunk : Buffer.concat([unread, chunk]), at: 0 }
    try {
      while (waiting.length > 0) {
        const start = cursor.at
        const reply = readReply(cursor)
        if (reply === undefined) {
          cursor.at = start
          break
        }
        const [first] = waiting as [Waiting]
        first.replies.push(reply)
        if (first.replies.length === first.count) waiting.shift()!.resolve(first.replies)
      }
    } catch (error) {
      fail(error as Error)
    }
    unread = cursor.bytes.subarray(cursor.at)
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

interface Cursor {
  readonly bytes: Buffer
  at: number
}

/** Undefined where the reply is not all there yet. */
const readReply = (cursor: Cursor): Reply | undefined => {
  const kind = cursor.bytes[cursor.at]
  const line = readLine(cursor)
  if (line === undefined) return undefined
  switch (kind) {
    case 0x2b: // +
      return line
    case 0x3a: // :
      return Number(line)
    case 0x2d: // -
      throw new Error(`Redis: ${line}`)
    case 0x24: // $
      return readText(cursor, Number(line))
    case 0x2a: // *
      return readList(cursor, Number(line))
    default:
      throw new Error(`Redis: a reply of kind ${kind}`)
  }
}

const readLine = (cursor: Cursor): string | undefined => {
  const end = cursor.bytes.indexOf('\r\n', cursor.at)
  if (end < 0) return undefined
  const line = cursor.bytes.toString('latin1', cursor.at + 1, end)
  cursor.at = end + 2
  return line
}

const readText = (cursor: Cursor, length: number): string | null | undefined => {
  if (length < 0) return null
  const from = cursor.at
  if (from + length + 2 > cursor.bytes.length) return undefined
  cursor.at = from + length + 2
  return cursor.bytes.toString('utf8', from, from + length)
}

const readList = (cursor: Cursor, length: number): Reply | undefined => {
  if (length < 0) return null
  const list: Reply[] = []
  for (let i = 0; i < length; i++) {
    const reply = readReply(cursor)
    if (reply === undefined) return undefined
    list.push(reply)
  }
  return list
}
