import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openDeadLetters } from '../../ingest/dead-letters.ts'
import type { EventPlan } from '../../model/plan.ts'
import { openEmbeddedCenter } from '../../store/center/embedded/center.ts'
import { createRealDisk } from '../../store/disk/real/disk.ts'
import { diagnosisText, examineData } from './doctor.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-doctor-'))
afterAll(() => rmSync(root, { recursive: true }))

const visit: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  rows: 'changes',
  data: { user: { kind: 'entity', name: 'user' }, at: { kind: 'time' } },
}
const event = (n: number) => ({
  type: 'visit',
  id: `v:${n}`,
  subject: 'u',
  time: n,
  seq: 0,
  data: { user: 'u', at: n },
  op: 'put' as const,
})

it('finds nothing in a whole folder, names what is damaged in another, and gives up what it is told to', async () => {
  const disk = createRealDisk(root)
  const center = await openEmbeddedCenter({ disk, folder: 'center', events: { visit }, clock: () => 1000 })
  for (let n = 0; n < 20; n++) await center.append([event(n)])
  await center.flush()
  for (let n = 20; n < 25; n++) await center.append([event(n)])
  await expect(examineData(root, true)).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE' })
  expect(await examineData(root, false)).toMatchObject({ healthy: true, damage: [], givenUp: [] })
  await center.close()
  const letters = await openDeadLetters(disk, 'dead-letters')
  const letter = {
    code: 'X_Y',
    reason: 'r',
    at: 'a',
    position: 0,
    origin: { via: 'http', sourceId: 's', seq: 0 },
    record: {},
    refusedAt: 0,
  } as const
  letters.append([
    { ...letter, key: 'a' },
    { ...letter, key: 'b' },
  ])
  letters.close()
  expect(await examineData(root, false)).toMatchObject({ healthy: true, damage: [] })

  const [run] = disk.list('center/runs')
  const file = disk.open(`center/runs/${run}`, 'write')
  file.write(Uint8Array.of(9), 16)
  const segment = disk.list('center/log').findLast((name) => name.endsWith('.log'))!
  truncateSync(join(root, 'center/log', segment), 100)
  disk.open('dead-letters/letters', 'write').write(Uint8Array.of(0), 20)
  const found = await examineData(root, false)
  expect(found.healthy).toBe(false)
  expect(found.damage).toMatchObject([
    { file: expect.stringContaining('center/log/'), holds: { offsets: [0, 24] }, isHarmless: false },
    { file: `center/runs/${run}`, holds: { type: 'visit', rows: [0, 19], times: [0, 19] }, isHarmless: false },
    { file: 'dead-letters/letters', holds: { rows: [1, 1] }, isHarmless: false },
  ])
  expect(diagnosisText(found)).toContain('to do   bring back the file from a copy')
  const after = await examineData(root, true)
  expect(after.givenUp).toMatchObject([{ from: 0, to: 25 }])
  expect(after.damage.map(({ isHarmless }) => isHarmless)).toEqual([true, false, false])
  await expect(examineData(join(root, 'none'), false)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  writeFileSync(join(root, 'center', 'manifest-000000000099'), 'x')
  expect((await examineData(root, false)).damage[0]).toMatchObject({ part: 'the manifest', isHarmless: true })
})
