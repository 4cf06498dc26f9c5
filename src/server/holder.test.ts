import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { announceHolder, findHolder, withdrawHolder } from './holder.ts'

const folder = join(mkdtempSync(join(tmpdir(), 'millrace-holder-')), 'data')
const server = createServer((_, response) => response.end(JSON.stringify({ pid: process.pid })))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
afterAll(() => {
  server.close()
  rmSync(join(folder, '..'), { recursive: true })
})

it('is who announced itself and answers, until it withdraws', async () => {
  expect(await findHolder(folder)).toBeUndefined()
  announceHolder(folder, url)
  expect(await findHolder(folder)).toEqual({ pid: process.pid, url })
  withdrawHolder(folder)
  expect(await findHolder(folder)).toBeUndefined()
})

it.each([
  ['another process answers there', JSON.stringify({ pid: process.pid + 1, url })],
  ['nobody answers there', JSON.stringify({ pid: process.pid, url: 'http://127.0.0.1:1' })],
  ['the file was half written', '{"pid": 1'],
  ['the file is empty', ''],
])('is nobody where %s', async (_, text) => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'holder.json'), text)
  expect(await findHolder(folder)).toBeUndefined()
})
