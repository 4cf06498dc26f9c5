import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { createPrng } from '../../../base/prng.ts'
import { createRealDisk } from '../../disk/real/disk.ts'
import { createSimulatedDisk } from '../../disk/simulated/disk.ts'
import { describeCenter } from '../conformance.suite.ts'
import { openEmbeddedCenter } from './center.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-center-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let places = 0

describeCenter(
  'embedded, real disk',
  () => {
    const disk = createRealDisk(join(root, `${places++}`))
    return { open: (events, clock) => openEmbeddedCenter({ disk, folder: 'center', events, clock }) }
  },
  4,
)
describeCenter(
  'embedded, simulated disk, everything small',
  () => {
    const disk = createSimulatedDisk(createPrng(1))
    return {
      open: (events, clock) =>
        openEmbeddedCenter({
          disk: disk.mount(),
          folder: 'center',
          events,
          clock,
          cacheBytes: 5000,
          flushBytes: 300,
          partRows: 3,
          mergeBytes: 12_000,
          segmentBytes: 400,
        }),
    }
  },
  15,
)
