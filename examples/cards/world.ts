/** The world behind the generated payments: people who shop as they usually do, and four kinds of fraud among them. */
import { createPrng } from '../../src/base/prng.ts'
import { createHeap } from './heap.ts'

export type Fraud = 'stolen-card' | 'account-takeover' | 'device-farm' | 'refund-abuse'

/** One JSON Lines record; `mapping.ts` says what it becomes. */
export interface CardRecord {
  readonly type: 'payment' | 'answer' | 'withdrawal' | 'refund' | 'limit-changed'
  readonly at: number
  /** When it reached the bank. */
  readonly sentAt: number
  readonly card: string
  readonly amount: number
  readonly paymentId?: string
  readonly user?: string
  readonly device?: string
  readonly merchant?: string
  readonly category?: string
  readonly country?: string
  readonly result?: 'approved' | 'refused'
}

export interface Generated {
  readonly record: CardRecord
  /** Set on planted payments. */
  readonly fraud?: Fraud
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
/** 2026-01-01T00:00:00Z. */
const start = 1_767_225_600_000

const daysAtLeast = 60
const fewestUsers = 20
const paymentsPerDay = 1.5
const withdrawalsPerDay = 0.2
/** A payment and its answer, and now and then a refund or a withdrawal. */
const recordsPerUserDay = 2.03 * paymentsPerDay + withdrawalsPerDay
/** So many records for each fraud; each is of 1 to 15 payments. */
const recordsPerFraud = 1_500
const fewestFrauds = 4
/** Frauds begin once people's habits are known, and early enough to be carried through: within these shares of the time. */
const firstFraud = 0.3
const lastFraud = 0.95
const lateShare = 0.01

const countries = ['GB', 'DE', 'FR', 'ES', 'IT', 'NL', 'PL', 'US'] as const
const categories = ['food', 'food', 'food', 'travel', 'electronics', 'other', 'other', 'cash'] as const
const frauds: readonly Fraud[] = ['stolen-card', 'account-takeover', 'device-farm', 'refund-abuse']

interface Person {
  readonly user: string
  readonly cards: readonly string[]
  readonly device: string
  readonly home: string
  /** What this person usually spends, in cents. */
  readonly usual: number
  readonly merchants: readonly number[]
}

interface Purchase {
  readonly who: Person
  readonly at: number
  readonly cents: number
  readonly merchant: number
  readonly card: string
  readonly device?: string | undefined
  readonly country: string
  readonly refusedShare: number
  readonly fraud?: Fraud
}

/** Exactly `events` records, in the order of `sentAt`; about one in a hundred is late by up to an hour. */
export function* generate({ events, seed }: { readonly events: number; readonly seed: number }): Generator<Generated> {
  const actions = createHeap<() => void>()
  const sent = createHeap<Generated>()
  populate({ events, random: createPrng(seed), actions, sent })
  for (let n = 0; n < events; n++) {
    // A record never reaches the bank before the action that makes it: what is due before the next action is complete.
    while (sent.nextTime() > actions.nextTime()) actions.pop()!()
    yield sent.pop()!
  }
}

interface Stage {
  readonly events: number
  readonly random: () => number
  readonly actions: ReturnType<typeof createHeap<() => void>>
  readonly sent: ReturnType<typeof createHeap<Generated>>
}

const populate = (stage: Stage): void => {
  const { events, random } = stage
  const users = Math.max(fewestUsers, Math.round(events / (recordsPerUserDay * daysAtLeast)))
  const spanMs = (events / (users * recordsPerUserDay)) * day
  const merchants = Math.max(30, Math.round(users / 4))
  const people = Array.from({ length: users }, (_, n) => createPerson(n, merchants, random))
  const shop = createShop(stage)
  for (const who of people) live(stage, shop, who, merchants)
  const planted = Math.max(fewestFrauds, Math.round(events / recordsPerFraud))
  for (let n = 0; n < planted; n++) {
    const at = start + Math.round(spanMs * (firstFraud + (lastFraud - firstFraud) * ((n + random()) / planted)))
    stage.actions.push(at, () => plant({ kind: frauds[n % frauds.length]!, n, at, people, merchants, shop, stage }))
  }
}

const picker = (random: () => number) => ({
  between: (from: number, to: number): number => from + Math.floor(random() * (to - from + 1)),
  of: <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!,
})

const createPerson = (n: number, merchants: number, random: () => number): Person => {
  const { between, of } = picker(random)
  return {
    user: `u${n}`,
    cards: random() < 0.3 ? [`c${n}a`, `c${n}b`] : [`c${n}a`],
    device: `d${n}`,
    home: of(countries),
    usual: between(1_000, 8_000),
    merchants: Array.from({ length: between(3, 8) }, () => between(0, merchants - 1)),
  }
}

interface Shop {
  /** A payment, its answer a moment later, and its id. */
  pay(purchase: Purchase): string
  /** Money back for a payment. */
  refund(purchase: Purchase, paymentId: string, at: number): void
  record(record: Omit<CardRecord, 'sentAt'>, fraud?: Fraud): void
}

const createShop = ({ random, sent }: Stage): Shop => {
  const { between } = picker(random)
  let payments = 0
  const record: Shop['record'] = (content, fraud) => {
    const sentAt = content.at + (random() < lateShare ? between(second, hour) : 0)
    sent.push(sentAt, { record: { ...content, sentAt }, ...(fraud !== undefined && { fraud }) })
  }
  return {
    record,
    pay: ({ who, at, cents, merchant, card, device, country, refusedShare, fraud }) => {
      const paymentId = `p${payments++}`
      const paid = { paymentId, user: who.user, card, merchant: `m${merchant}`, amount: cents / 100, country }
      const category = categories[merchant % categories.length]!
      record({ type: 'payment', at, ...paid, ...(device !== undefined && { device }), category }, fraud)
      record({ type: 'answer', at: at + between(80, 900), ...paid, result: random() < refusedShare ? 'refused' : 'approved' })
      return paymentId
    },
    refund: ({ who, cents, merchant, card }, paymentId, at) =>
      record({ type: 'refund', at, paymentId, user: who.user, card, merchant: `m${merchant}`, amount: cents / 100 }),
  }
}

/** Someone's ordinary days: limits first, then payments and withdrawals for ever. */
const live = ({ random, actions }: Stage, shop: Shop, who: Person, merchants: number): void => {
  const { between, of } = picker(random)
  const again = (at: number, perDay: number, act: (at: number) => void): void => {
    const next = at + Math.round((0.1 + 1.8 * random()) * (day / perDay))
    actions.push(next, () => {
      act(next)
      again(next, perDay, act)
    })
  }
  for (const card of who.cards) {
    const at = start + between(0, minute)
    actions.push(at, () => shop.record({ type: 'limit-changed', at, card, amount: Math.round(who.usual / 1_000) * 200 }))
  }
  again(start, paymentsPerDay, (at) => {
    const purchase = {
      who,
      at,
      cents: Math.round(who.usual * (0.3 + 1.4 * random()) * (random() < 0.02 ? 3 : 1)),
      merchant: random() < 0.8 ? of(who.merchants) : between(0, merchants - 1),
      card: of(who.cards),
      device: random() < 0.7 ? who.device : undefined,
      country: random() < 0.97 ? who.home : of(countries),
      refusedShare: 0.02,
    }
    const paymentId = shop.pay(purchase)
    if (random() >= 0.03) return
    const back = at + between(day, 10 * day)
    actions.push(back, () => shop.refund(purchase, paymentId, back))
  })
  again(start, withdrawalsPerDay, (at) =>
    shop.record({ type: 'withdrawal', at, user: who.user, card: of(who.cards), amount: between(1, 10) * 20, country: who.home }),
  )
}

interface Plot {
  readonly kind: Fraud
  readonly n: number
  readonly at: number
  readonly people: readonly Person[]
  readonly merchants: number
  readonly shop: Shop
  readonly stage: Stage
}

const plant = (plot: Plot): void => plots[plot.kind](plot)

/** Puts a fraudster's payment on the stage at its time. */
const commit = ({ stage, shop, kind }: Plot, purchase: Omit<Purchase, 'fraud'>): void =>
  stage.actions.push(purchase.at, () => void shop.pay({ ...purchase, fraud: kind }))

const victim = ({ people, stage, n, merchants }: Plot) => {
  const { of, between } = picker(stage.random)
  const who = of(people)
  const abroad = of(countries.filter((country) => country !== who.home))
  return { who, card: of(who.cards), device: `x${n}`, country: abroad, anywhere: () => between(0, merchants - 1) }
}

const plots: { readonly [K in Fraud]: (plot: Plot) => void } = {
  /** A few tiny payments to see whether the card works, then large ones, all within minutes and each elsewhere. */
  'stolen-card': (plot) => {
    const { between } = picker(plot.stage.random)
    const { who, card, device, country, anywhere } = victim(plot)
    const [small, large] = [between(3, 6), between(2, 5)]
    let { at } = plot
    for (let i = 0; i < small + large; i++) {
      const cents = i < small ? between(50, 190) : who.usual * between(4, 9)
      commit(plot, { who, card, device, country, at, cents, merchant: anywhere(), refusedShare: i < small ? 0.1 : 0.4 })
      at += between(15 * second, 90 * second)
    }
  },
  /** Someone else logs in: another device, another country, much larger amounts, hours apart. */
  'account-takeover': (plot) => {
    const { between } = picker(plot.stage.random)
    const { who, card, device, country, anywhere } = victim(plot)
    let { at } = plot
    for (let i = between(1, 3); i > 0; i--) {
      commit(plot, { who, card, device, country, at, cents: who.usual * between(6, 12), merchant: anywhere(), refusedShare: 0.2 })
      at += between(hour, 6 * hour)
    }
  },
  /** One device pays with the cards of many, amounts as usual. */
  'device-farm': (plot) => {
    const { between, of } = picker(plot.stage.random)
    const { device, anywhere } = victim(plot)
    let { at } = plot
    for (let i = between(8, 15); i > 0; i--) {
      const who = of(plot.people)
      const cents = Math.round(who.usual * (0.8 + plot.stage.random()))
      commit(plot, { who, card: of(who.cards), device, country: who.home, at, cents, merchant: anywhere(), refusedShare: 0.05 })
      at += between(5 * minute, 40 * minute)
    }
  },
  /** The same sum at the same merchant, paid and asked back again and again. The first time it is an ordinary payment. */
  'refund-abuse': (plot) => {
    const { between } = picker(plot.stage.random)
    const { who, card, anywhere } = victim(plot)
    const purchase = { who, card, device: who.device, country: who.home, cents: who.usual * 2, merchant: anywhere(), refusedShare: 0 }
    let { at } = plot
    for (let i = 0, times = between(4, 7); i < times; i++) {
      const [paidAt, backAt] = [at, at + between(5 * minute, hour)]
      plot.stage.actions.push(paidAt, () => {
        const made = { ...purchase, at: paidAt, ...(i > 0 && { fraud: plot.kind }) }
        const paymentId = plot.shop.pay(made)
        plot.stage.actions.push(backAt, () => plot.shop.refund(made, paymentId, backAt))
      })
      at = backAt + between(hour, 12 * hour)
    }
  },
}
