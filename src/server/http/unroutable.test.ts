import { connect, createServer, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { refuseConnection } from './unroutable.ts'

/** What a client reads that is refused for this error of the parser. */
const answerTo = async (code: string): Promise<string> => {
  const server = createServer((socket: Socket) => refuseConnection({ code, message: 'as the parser words it' }, socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const socket = connect((server.address() as { readonly port: number }).port, '127.0.0.1')
  let text = ''
  for await (const part of socket) text += part
  server.close()
  return text
}

it.each([
  ['ERR_HTTP_REQUEST_TIMEOUT', 'HTTP/1.1 408 Request Timeout', 'REQUEST_TIMEOUT'],
  ['HPE_HEADER_OVERFLOW', 'HTTP/1.1 431 Request Header Fields Too Large', 'HEADERS_TOO_LARGE'],
  ['HPE_INVALID_METHOD', 'HTTP/1.1 400 Bad Request', 'REQUEST_INVALID'],
])('%s is answered by a whole response', async (error, status, code) => {
  const [head, body] = (await answerTo(error)).split('\r\n\r\n') as [string, string]
  expect(head.split('\r\n')).toEqual(expect.arrayContaining([status, `content-length: ${Buffer.byteLength(body)}`, 'connection: close']))
  expect(JSON.parse(body)).toMatchObject({ code, type: `urn:millrace:problem:${code}` })
})

it('a connection that was reset is left alone', async () => {
  expect(await Promise.race([answerTo('ECONNRESET'), new Promise((resolve) => setTimeout(resolve, 50, 'nothing'))])).toBe('nothing')
})
