/** Appends visits from a number on, several at a time, and says each batch's end once it is acknowledged. */
import { writeSync } from 'node:fs'
import { openSmall, visit } from './plan.ts'

const [folder = '', start = '0'] = process.argv.slice(2)
const center = await openSmall(folder)
for (let n = Number(start); ; ) {
  const sizes = [1, 17, 60]
  const ends = sizes.map((size) => (n += size))
  const appends = ends.map(async (end, i) => {
    const { outcomes } = await center.append(Array.from({ length: sizes[i]! }, (_, j) => visit(end - sizes[i]! + j)))
    if (outcomes.some(({ outcome }) => outcome === 'refused')) throw new Error('refused')
    writeSync(1, `${end}\n`)
  })
  await Promise.all(appends)
}
