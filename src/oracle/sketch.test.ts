import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sha256, sketchedCount, utf8 } from './sketch.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

it('counts as the formula does in Python over hashlib', () => {
  const counts = [0, 100, 1000].map((count) => sketchedCount(numbers(count), { kind: 'int' }))
  expect(counts).toEqual([0, 99, 998])
})

it('hashes as the platform does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 150 }), (text) => {
      const digest = createHash('sha256').update(text, 'utf8').digest('hex')
      return sha256(utf8(text)).toString(16).padStart(64, '0') === digest
    }),
  )
})
