import { describe, expect, it } from 'vitest'
import { createPrng } from '../../../base/prng.ts'
import type { EventVersion } from '../../../model/event.ts'
import type { EventPlan } from '../../../model/plan.ts'
import { createSimulatedDisk, type SimulatedDisk } from '../../disk/simulated/disk.ts'
import { appendAndExpect, compareReads, paymentPlan } from '../suite.testing.ts'
import { one, open, scanAll } from './small.testing.ts'

describe('a definition that changes under stored data', () => {
  const { user, at, note, level, ...others } = paymentPlan.data
  const changed: EventPlan = {
    ...paymentPlan,
    aliases: { client: ['user'], remark: ['note'] },
    subject: 'client',
    data: {
      ...others,
      client: user!,
      at: at!,
      remark: note!,
      level: { kind: 'string' },
      count: { kind: 'optional', of: { kind: 'int64' } },
      added: { kind: 'optional', of: { kind: 'double' } },
    },
  }
  const { isOpen: _, ...kept } = changed.data
  const evolved: EventPlan = { ...changed, data: kept }

  for (const where of ['in runs', 'in the log', 'amended'] as const) {
    it(`reads what is ${where} under new names, wider types, with new fields null and old ones left out`, async () => {
      const disk = createSimulatedDisk(createPrng(7))
      let center = await open(disk)
      await center.append([one(5, 'first')])
      if (where === 'amended') await center.append([{ ...one(5, 'second'), correction: true }])
      if (where !== 'in the log') await center.flush()
      await center.close()
      center = await open(disk, { payment: evolved })
      const versions = await center.versions('payment', 'e:5')
      const { user: client, isOpen: _dropped, note: remark, ...rest } = one(5, where === 'amended' ? 'second' : 'first').data
      expect(versions.at(-1)).toMatchObject({ subject: 'u2', data: { ...rest, client, remark, count: 5n, added: null } })
      expect(Object.keys(versions.at(-1)!.data).sort()).toEqual(Object.keys(evolved.data).sort())
      const found = await center.events({ types: ['payment'], from: 0, to: 10, key: { client: 'u2' }, read: { as: 'corrected' } })
      expect(found.length).toBe(1)
      expect(
        (await center.append([{ ...one(6), subject: 'u0', data: { ...versions.at(-1)!.data, client: 'u0', at: 6 } }])).outcomes,
      ).toEqual([{ outcome: 'stored' }])
      await center.close()
      center = await open(disk, { payment: evolved })
      expect((await center.versions('payment', 'e:6')).length).toBe(1)
      await center.close()
    })
  }

  const refusals: { readonly [why: string]: EventPlan } = {
    'payment.extra': { ...paymentPlan, data: { ...paymentPlan.data, extra: { kind: 'int' } } },
    'payment.amount': { ...paymentPlan, data: { ...paymentPlan.data, amount: { kind: 'decimal', scale: 3 } } },
    'payment.note': { ...paymentPlan, data: { ...paymentPlan.data, note: { kind: 'string' } } },
    'payment.level': { ...paymentPlan, data: { ...paymentPlan.data, level: { kind: 'enum', values: ['low'] } } },
    'payment.shop': { ...paymentPlan, subject: 'shop' },
    'payment.address.city': {
      ...paymentPlan,
      data: { ...paymentPlan.data, address: { kind: 'optional', of: { kind: 'object', fields: { city: { kind: 'int' } } } } },
    },
  }
  for (const [at, plan] of Object.entries(refusals)) {
    it(`refuses ${at}`, async () => {
      const disk = createSimulatedDisk(createPrng(7))
      const center = await open(disk)
      await center.append([one(5)])
      await center.flush()
      await center.close()
      await expect(open(disk, { payment: plan })).rejects.toMatchObject({ code: 'SCHEMA_CHANGED', details: { at } })
      await (await open(disk)).close()
    })
  }

  it('carries a type along that is no longer declared', async () => {
    const disk = createSimulatedDisk(createPrng(7))
    let center = await open(disk)
    const known: EventVersion[] = []
    await appendAndExpect(center, [one(1)], known)
    await center.flush()
    await appendAndExpect(center, [one(2)], known)
    await center.close()
    center = await open(disk, {})
    expect(() => center.scan(scanAll)).toThrow(expect.objectContaining({ code: 'EVENT_UNKNOWN' }))
    await center.flush()
    await center.close()
    await compareReads(await open(disk), known)
  })

  const wider: EventPlan = { ...paymentPlan, data: { ...paymentPlan.data, more: { kind: 'optional', of: { kind: 'string' } } } }
  /** Opened by this one a record of the one above would be read as something else, where that is not stored. */
  const widest: EventPlan = {
    ...paymentPlan,
    data: { first: { kind: 'optional', of: { kind: 'string' } }, ...wider.data },
  }
  const manifestsOf = (disk: SimulatedDisk): string[] =>
    disk
      .mount()
      .list('center')
      .filter((name) => name.startsWith('manifest-'))

  it('has a new declaration in both manifests before a record is written by it, whenever the power is cut', async () => {
    for (let cut = 0; cut < 120; cut += 3) {
      const disk = createSimulatedDisk(createPrng(cut))
      await (await open(disk)).close()
      const opening = open(disk, { payment: wider }).catch(() => {})
      for (let turn = 0; turn < cut; turn++) await Promise.resolve()
      disk.crash()
      await opening
      const center = await open(disk, { payment: wider })
      await center.append([{ ...one(1), data: { ...one(1).data, more: 'x' } }])
      disk.crash()
      disk.damage(`center/${manifestsOf(disk).at(-1)}`, 80, Uint8Array.of(0))
      const again = await open(disk, { payment: widest })
      expect((await again.versions('payment', 'e:1'))[0]?.data['more']).toBe('x')
      await again.close()
    }
  })

  it('has it in both where amended events are damaged, so that nothing else is written', async () => {
    const disk = createSimulatedDisk(createPrng(7))
    let center = await open(disk, { payment: paymentPlan, other: paymentPlan })
    await center.append([one(1)])
    await center.append([{ ...one(1, 'second'), correction: true }])
    await center.flush()
    await center.flush()
    await center.close()
    const runs = disk.mount().list('center/runs')
    for (const name of runs.filter((file) => file.endsWith('.amended'))) disk.damage(`center/runs/${name}`, 30, Uint8Array.of(255))
    center = await open(disk, { payment: paymentPlan, other: wider })
    expect(() => center.scan(scanAll)).toThrow(expect.objectContaining({ code: 'DATA_DAMAGED' }))
    const other = { ...one(2), type: 'other', data: { ...one(2).data, more: 'x' } }
    expect((await center.append([other])).outcomes).toEqual([{ outcome: 'stored' }])
    disk.crash()
    disk.damage(`center/${manifestsOf(disk).at(-1)}`, 80, Uint8Array.of(0))
    center = await open(disk, { payment: paymentPlan, other: widest })
    expect((await center.versions('other', 'e:2'))[0]?.data['more']).toBe('x')
  })

  const places: readonly (readonly [string, EventPlan])[] = [
    ['time', { ...paymentPlan, time: 'at2', data: { ...paymentPlan.data, at2: at! } }],
    ['seq', { ...paymentPlan, seq: 'n', data: { ...paymentPlan.data, n: { kind: 'int' } } }],
    ['id', { ...paymentPlan, id: [...(paymentPlan.id ?? []), 'user'] }],
  ]

  it.each(places)('refuses another %s, in runs and in the log, and takes it where nothing is stored', async (part, plan) => {
    for (const where of ['in runs', 'in the log'] as const) {
      const disk = createSimulatedDisk(createPrng(7))
      const center = await open(disk)
      await center.append([one(5, 'first')])
      if (where === 'in runs') await center.flush()
      await center.close()
      await expect(open(disk, { payment: plan })).rejects.toMatchObject({ code: 'SCHEMA_CHANGED', message: expect.stringContaining(part) })
    }
    const empty = createSimulatedDisk(createPrng(7))
    await (await open(empty)).close()
    await (await open(empty, { payment: plan })).close()
  })
})
