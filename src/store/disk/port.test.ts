import { expect, it } from 'vitest'
import { createPrng } from '../../base/prng.ts'
import { type Disk, readFile, replaceFile } from './port.ts'
import { createSimulatedDisk } from './simulated/disk.ts'

it.each([
  ['is full', 'DISK_FULL', { capacity: 4 }],
  ['cannot sync', 'DISK_ERROR', { failSyncs: 1 }],
])('a file that is not replaced, as the disk %s, is the old one, and nothing of the new one stays', async (_, code, faults) => {
  const simulated = createSimulatedDisk(createPrng(1))
  const disk = simulated.mount()
  await replaceFile(disk, 'a/x', Uint8Array.of(1, 2))
  Object.assign(simulated.faults, faults)
  await expect(replaceFile(disk, 'a/x', Uint8Array.of(3, 4, 5))).rejects.toMatchObject({ code })
  expect([disk.list('a'), [...readFile(disk, 'a/x')]]).toEqual([['x'], [1, 2]])
})

it('what failed first is told, where the new file cannot be removed either', async () => {
  const simulated = createSimulatedDisk(createPrng(1))
  simulated.faults.capacity = 2
  const remove = (): never => {
    throw new Error('not removed')
  }
  const disk: Disk = { ...simulated.mount(), remove }
  await expect(replaceFile(disk, 'a/x', Uint8Array.of(3, 4, 5))).rejects.toMatchObject({ code: 'DISK_FULL' })
})
