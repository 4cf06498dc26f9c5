import type { EventPlan } from '../../src/model/plan.ts'
import { type EmbeddedCenter, openEmbeddedCenter } from '../../src/store/center/embedded/center.ts'
import type { NewEvent } from '../../src/store/center/port.ts'
import { createRealDisk } from '../../src/store/disk/real/disk.ts'

export const visitPlan: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  rows: 'changes',
  data: {
    user: { kind: 'entity', name: 'user' },
    at: { kind: 'time' },
    amount: { kind: 'decimal', scale: 2 },
    note: { kind: 'optional', of: { kind: 'string' } },
  },
}

/** The event of a number: every byte of it follows from the number. */
export const visit = (n: number): NewEvent => {
  const time = (n * 7919) % 10_000_000_000
  const data = { user: `user ${n % 97}`, at: time, amount: BigInt(n) * 3n, note: n % 5 === 0 ? null : 'x'.repeat(n % 60) }
  return { type: 'visit', id: `v:${n}`, subject: data.user, time, seq: n, op: 'put', data }
}

/** Everything small, so that segments, runs, merges and manifests are under way at any moment. */
export const openSmall = (folder: string): Promise<EmbeddedCenter> =>
  openEmbeddedCenter({
    disk: createRealDisk(folder),
    folder: 'center',
    events: { visit: visitPlan },
    clock: Date.now,
    flushBytes: 40_000,
    segmentBytes: 30_000,
    partRows: 700,
  })
