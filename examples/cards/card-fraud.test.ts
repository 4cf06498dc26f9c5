import { describe, expect, it } from 'vitest'
import { freeze } from '../../src/index.ts'
import type { EventVersion } from '../../src/model/event.ts'
import { mainOf } from '../../src/oracle/node.ts'
import { oracleTree } from '../../src/oracle/tree.ts'
import { mapped } from '../mapped.suite.ts'
import { cardFraud } from './cards.ts'
import { cardsFile } from './mapping.ts'
import { cardsProject } from './project.ts'
import { generate } from './world.ts'

const plan = freeze(cardsProject)
const { fetch } = plan.jobs['card-fraud']!

/** Events by each user, card and device they name: all that a payment's tree can see. */
const byKey = (versions: readonly EventVersion[]) => {
  const index = new Map<unknown, EventVersion[]>()
  for (const version of versions) {
    const { user, holder, card, device } = version.data
    for (const key of new Set([user ?? holder, card, device])) {
      if (typeof key === 'string') index.set(key, [...(index.get(key) ?? []), version])
    }
  }
  return ({ data: { user, card, device } }: EventVersion) => [...new Set([user, card, device].flatMap((key) => index.get(key) ?? []))]
}

describe('card-fraud on generated payments, as known when each was made', () => {
  const records = [...generate({ events: 3_000, seed: 2 })]
  const frauds = new Map(records.flatMap(({ record, fraud }) => (fraud === undefined ? [] : [[record.paymentId, fraud]])))
  const versions = mapped(
    cardsFile,
    records.map(({ record }) => ({ ...record })),
  )
  const near = byKey(versions)
  const decisions = versions
    .filter(({ type }) => type === 'payment')
    .map((root) => {
      const read = { as: 'known', cutoff: root.knownAt } as const
      const question = {
        plan,
        versions: near(root),
        root: { sort: 'event', type: 'payment', id: root.id },
        fetch,
        read,
        asOf: 'event',
      } as const
      return { fraud: frauds.get(root.id), ...cardFraud.main(mainOf(oracleTree(question)) as never) }
    })
  const flagged = decisions.filter(({ decision }) => decision !== 'allow')
  const caught = flagged.filter(({ fraud }) => fraud !== undefined)

  it('flags most planted payments, and few others', () => {
    expect(decisions.length).toBeGreaterThan(1_000)
    expect(caught.length / frauds.size).toBeGreaterThan(0.7)
    expect(caught.length / flagged.length).toBeGreaterThan(0.8)
  })

  it('finds every kind, each by its own sign', () => {
    const reasons = (kind: string) => new Set(caught.filter(({ fraud }) => fraud === kind).flatMap((found) => found.reasons))
    expect([...reasons('stolen-card')]).toContain('many attempts on the card')
    expect([...reasons('account-takeover')]).toContain('far above what this user spends')
    expect([...reasons('device-farm')]).toContain('device shared by many users')
    expect([...reasons('refund-abuse')]).toContain('charged again after a refund')
  })
})
