import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openPlatform } from '../compose.ts'
import { send } from './ingest.ts'
import { status } from './status.ts'

const definitions = `import { entity, event, time } from 'millrace'
  const user = entity('user')
  export const paid = event('paid', { subject: 'user', time: 'at', data: { user, at: time() } })`

it('says what damage withholds, and is not refused for it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-status-'))
  try {
    const [project, data] = [join(folder, 'project.ts'), join(folder, 'data')]
    writeFileSync(project, definitions)
    const before = await openPlatform({ project, data })
    for (const at of [1000, 2000, 3000]) await send(before, { body: JSON.stringify({ paid: { user: 'u', at } }) })
    await send(before, { body: '{"paid":{"user":1}}\n{"paid":{}}' })
    expect(await status(before)).toMatchObject({ events: { paid: { count: 3, from: 1000, to: 3000 } }, lostLetters: [] })
    await before.close()
    flip(join(data, 'center/log', readdirSync(join(data, 'center/log')).find((name) => name.endsWith('.log'))!), 64 + 48)
    flip(join(data, 'dead-letters/letters'), 40)
    const damaged = await openPlatform({ project, data })
    const found = await status(damaged)
    await damaged.close()
    expect(found).toMatchObject({
      events: { paid: { count: null, withheld: { code: 'LOG_DAMAGED', message: expect.stringContaining('.log') } } },
      deadLetters: { FIELD_MISSING: 1 },
      lostLetters: ['dead-letters/letters, byte 16'],
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const flip = (file: string, at: number): void => {
  const bytes = readFileSync(file)
  bytes[at]! ^= 1
  writeFileSync(file, bytes)
}
