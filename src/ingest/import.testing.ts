/** Tests only: payments, large ones a second time, and a place to import them into. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MappingPlan } from '../model/mapping.ts'
import type { EventPlan } from '../model/plan.ts'
import { openEmbeddedCenter } from '../store/center/embedded/center.ts'
import type { Disk } from '../store/disk/port.ts'
import { openDeadLetters } from './dead-letters.ts'
import type { ImportOptions } from './import-options.ts'

export const payment: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  rows: 'changes',
  data: { user: { kind: 'entity', name: 'user' }, at: { kind: 'time' }, amount: { kind: 'decimal', scale: 2 } },
}
export const plan = { events: { payment, big: { ...payment, data: { ...payment.data, amount: { kind: 'decimal', scale: 1 } } } } as const }
export const mappingOf = (more: Partial<MappingPlan> = {}): { name: string; plan: MappingPlan } => ({
  name: 'payments',
  plan: {
    columns: {
      user: { name: 'user', field: { kind: 'string' } },
      at: { name: 'at', field: { kind: 'time' }, unit: 's' },
      amount: { name: 'amount', field: { kind: 'decimal', scale: 2 } },
    },
    events: [
      {
        event: 'payment',
        fields: { user: { column: 'user' }, at: { column: 'at' }, amount: { column: 'amount' } },
        knownAt: { time: 'event' },
      },
      {
        event: 'big',
        where: { op: 'atLeast', column: 'amount', value: 100 },
        fields: { user: { column: 'user' }, at: { column: 'at' }, amount: { column: 'amount' } },
        knownAt: { time: 'event' },
      },
    ],
    ...more,
  },
})
export const clock = () => 1_700_000_000_000

export const opened = async (disk: Disk, more: Partial<ImportOptions> & { readonly file: string }) => {
  const center = await openEmbeddedCenter({ disk, folder: 'center', events: plan.events, clock, partRows: 40 })
  const deadLetters = await openDeadLetters(disk, 'dead')
  const options: ImportOptions = { mapping: mappingOf(), plan, center, deadLetters, clock, batchRows: 16, syncRows: 48, ...more }
  return { center, deadLetters, options }
}
type Opened = Awaited<ReturnType<typeof opened>>

export const idsIn = async ({ center }: Pick<Opened, 'center'>, type: string) => {
  const table = await center.scan({ type, from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, columns: ['amount'] })
  return Array.from({ length: table.rows }, (_, row) => table.ids.at(row))
}

/** Writes files of their own names into a folder. */
export const createFiles = (folder: string) => {
  let files = 0
  return (content: string, extension = 'jsonl'): string => {
    const file = join(folder, `${files++}.${extension}`)
    writeFileSync(file, content)
    return file
  }
}
