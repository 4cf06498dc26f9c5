/** Imports a number of visits in chunks, from where the import was broken off, and says when it is committed. */
import { writeSync } from 'node:fs'
import { tableOf } from '../../src/model/tables.ts'
import { openSmall, visit, visitPlan } from './plan.ts'

const [folder = '', id = '', rows = '0'] = process.argv.slice(2)
const total = Number(rows)
const center = await openSmall(folder)
const writer = await center.import(id)
writeSync(1, `${writer.state} ${writer.resumeAfter}\n`)
for (let from = writer.resumeAfter + 1; from < total && writer.state !== 'committed'; from += 250) {
  const to = Math.min(total, from + 250)
  const versions = Array.from({ length: to - from }, (_, i) => ({
    ...visit(from + i),
    op: 'put' as const,
    version: 0,
    recordedAt: 0,
    knownAt: 0,
  }))
  await writer.write(tableOf(versions, 'visit', Object.keys(visitPlan.data), visitPlan), to - 1)
  await writer.sync()
}
const { stored } = await writer.commit()
writeSync(1, `stored ${stored}\n`)
await center.close()
