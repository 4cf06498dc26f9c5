import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { readFile, replaceFile } from '../port.ts'
import { createRealDisk } from './disk.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-disk-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('real disk', () => {
  it('writes, reads, replaces, lists and removes', async () => {
    const disk = createRealDisk(root)
    disk.makeFolder('a/b')
    await replaceFile(disk, 'a/b/x', Uint8Array.of(1, 2, 3))
    await replaceFile(disk, 'a/b/x', Uint8Array.of(9))
    expect([...readFile(disk, 'a/b/x')]).toEqual([9])
    expect(disk.list('a/b')).toEqual(['x'])
    disk.remove('a/b/x')
    disk.remove('a/b/x')
    expect([disk.list('a/b'), disk.list('nowhere'), disk.exists('a/b/x')]).toEqual([[], [], false])
  })

  it('says what is missing and what may not be opened', () => {
    const disk = createRealDisk(root)
    expect(() => disk.open('nothing', 'read')).toThrow(expect.objectContaining({ code: 'FILE_MISSING' }))
    expect(() => disk.open('', 'write')).toThrow(expect.objectContaining({ code: 'DISK_ERROR' }))
  })

  it('locks a folder for one process, names the holder, and frees it when that one is killed', async () => {
    const disk = createRealDisk(root)
    disk.makeFolder('held')
    const script = `
      import { createRealDisk } from ${JSON.stringify(new URL('./disk.ts', import.meta.url).href)}
      createRealDisk(${JSON.stringify(root)}).lock('held')
      console.log('locked')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    expect(() => disk.lock('held')).toThrow(
      expect.objectContaining({ code: 'DATA_FOLDER_IN_USE', message: expect.stringContaining(`pid ${child.pid}`) }),
    )
    child.kill('SIGKILL')
    await once(child, 'exit')
    const lock = disk.lock('held')
    expect(() => disk.lock('held')).toThrow(expect.objectContaining({ code: 'DATA_FOLDER_IN_USE' }))
    lock.release()
    disk.lock('held').release()
  })
})
