/** A center with everything small, and events told by their number. */
import type { EventPlan } from '../../../model/plan.ts'
import type { SimulatedDisk } from '../../disk/simulated/disk.ts'
import type { NewEvent } from '../port.ts'
import { suitePaths, suitePlans } from '../suite.testing.ts'
import { type EmbeddedCenter, openEmbeddedCenter } from './center.ts'

export const now = 200 * 86_400_000
export const small = { cacheBytes: 5000, flushBytes: 600, partRows: 4, mergeBytes: 12_000, segmentBytes: 900 }
export const open = (disk: SimulatedDisk, events: { readonly [type: string]: EventPlan } = suitePlans): Promise<EmbeddedCenter> =>
  openEmbeddedCenter({ disk: disk.mount(), folder: 'center', events, clock: () => now, ...small })

export const one = (n: number, note: string | null = null): NewEvent => ({
  type: 'payment',
  id: `e:${n}`,
  subject: `u${n % 3}`,
  time: n,
  seq: 0,
  op: 'put',
  data: {
    user: `u${n % 3}`,
    at: n,
    shop: null,
    amount: BigInt(n),
    ratio: n / 8,
    count: n,
    big: -BigInt(n),
    isOpen: true,
    note,
    level: 'low',
    tags: [1n, BigInt(n)],
    address: { city: 'Ulm', floor: n },
  },
})
export const scanAll = { type: 'payment', from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, columns: suitePaths }
export const idsOf = async (center: EmbeddedCenter): Promise<string[]> => {
  const table = await center.scan(scanAll)
  return Array.from({ length: table.rows }, (_, row) => table.ids.at(row))
}
