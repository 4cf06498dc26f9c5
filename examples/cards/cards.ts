import {
  behaviour,
  count,
  decimal,
  deviation,
  distinctCount,
  entity,
  event,
  file,
  int,
  job,
  links,
  list,
  max,
  mean,
  mostFrequent,
  oneOf,
  optional,
  percentile,
  state,
  stream,
  string,
  sum,
  time,
  timeSince,
  union,
  windows,
} from 'millrace'

export const user = entity('user')
export const card = entity('card')
export const device = entity('device')
export const merchant = entity('merchant')
export const payments = stream('risk.cards.payments')
export const category = oneOf('food', 'travel', 'electronics', 'cash', 'other')

/** Someone asks to pay: what is known then. How it was answered is another event, so main cannot read it. */
export const payment = event('payment', {
  stream: payments,
  id: 'paymentId',
  subject: 'user',
  time: 'at',
  callAppends: true,
  data: {
    paymentId: string(),
    user,
    card,
    device: optional(device),
    merchant,
    at: time(),
    amount: decimal(2),
    category,
    country: string(),
  },
})
export const answer = event('answer', {
  stream: payments,
  id: 'paymentId',
  subject: 'user',
  time: 'at',
  data: {
    paymentId: string(),
    user,
    card,
    merchant,
    at: time(),
    amount: decimal(2),
    country: string(),
    result: oneOf('approved', 'refused'),
  },
})
export const withdrawal = event('withdrawal', {
  stream: payments,
  id: ['card', 'at'],
  subject: 'holder',
  time: 'at',
  data: { holder: user, card, at: time(), total: decimal(2), country: string() },
})
export const refund = event('refund', {
  stream: payments,
  id: 'paymentId',
  subject: 'user',
  time: 'at',
  data: { paymentId: string(), user, card, merchant, at: time(), amount: decimal(2) },
})
export const limitChanged = event('limit-changed', {
  kind: 'state',
  stream: payments,
  id: ['card', 'at'],
  subject: 'card',
  time: 'at',
  data: { card, at: time(), daily: decimal(2) },
})

export const userSpend = windows('user-spend', {
  of: answer.where((a) => a.result.is('approved')),
  by: 'user',
  over: ['1h', '24h', '30d', '30d to 1d'],
  features: (a) => ({
    payments: count(),
    /** Approved amounts. */
    spend: sum(a.amount).default(0),
    usual: mean(a.amount),
    spread: deviation(a.amount),
    largest: max(a.amount),
    merchants: distinctCount(a.merchant),
    byCountry: sum(a.amount).groupBy(a.country),
    p95: percentile(a.amount, 95).over('30d'),
    home: mostFrequent(a.country, 1).over('last 20'),
    sinceLast: timeSince().over('lifetime'),
  }),
})
export const cardVelocity = windows('card-velocity', {
  of: payment,
  by: 'card',
  over: ['1m', '10m', '1h', 'day to date'],
  zone: 'Europe/London',
  includeRoot: true,
  features: (p) => ({
    attempts: count(),
    small: count().where(p.amount.below(2)),
    merchants: distinctCount(p.merchant),
    countries: distinctCount(p.country),
  }),
})
export const cardRefusals = windows('card-refusals', {
  of: answer,
  by: 'card',
  over: ['10m', '24h', 'last 10'],
  features: (a) => ({
    refusals: count().where(a.result.is('refused')),
    largest: max(a.amount).where(a.result.is('refused').and(a.amount.atLeast(100))),
  }),
})
export const cashOut = windows('cash-out', {
  of: union(
    withdrawal.as((w) => ({ user: w.holder, amount: w.total })),
    payment.where((p) => p.category.is('cash')).as((p) => ({ user: p.user, amount: p.amount })),
  ),
  by: 'user',
  over: ['1h', '24h'],
  features: (row) => ({ times: count(), amount: sum(row.amount).default(0) }),
})
export const deviceUse = windows('device-use', {
  of: payment,
  by: 'device',
  over: ['24h', '30d'],
  includeRoot: true,
  features: (p) => ({ users: distinctCount(p.user), cards: distinctCount(p.card) }),
})
/** How well someone knows a device. */
export const ownDevice = windows('own-device', {
  of: payment,
  by: ['user', 'device'],
  over: ['30d'],
  features: () => ({ times: count() }),
})
export const refunded = windows('refunded', {
  of: refund,
  by: ['user', 'merchant'],
  over: ['30d'],
  features: (r) => ({ times: count(), amount: sum(r.amount).default(0) }),
})

export const cardLimit = state('card-limit', { of: limitChanged, by: 'card' })
export const cardHistory = behaviour('card-history', { of: [answer, refund], by: 'card', last: 20, within: '7d' })
export const deviceUsers = links('device-users', { of: payment, from: 'device', to: 'user', last: 50, within: '30d' })

export const cardFraud = job('card-fraud', {
  on: payment,
  fetch: {
    user: userSpend,
    cash: cashOut,
    card: cardVelocity,
    refused: cardRefusals,
    device: deviceUse,
    ownDevice,
    refunded,
    limit: cardLimit,
    history: cardHistory,
    deviceUsers,
  },
  returns: { decision: oneOf('allow', 'review', 'block'), score: int(), reasons: list(string()) },
  output: [file('card-fraud.parquet')],
  main: ({ root, time, user, cash, card, refused, device, ownDevice, refunded, limit, history, deviceUsers }) => {
    const { amount, country, merchant } = root.data
    const usual = user.usual['30d to 1d']
    const spread = user.spread['30d to 1d']
    const home = user.home['last 20'][0]?.value
    const newcomers = deviceUsers.filter((link) => link.firstTime > time - 86_400_000).length
    const again = history.some((event) => event.type === 'refund' && event.data.merchant === merchant && event.data.amount === amount)
    const findings = [
      { points: 30, reason: 'far above what this user spends', holds: usual !== null && spread !== null && amount > usual + 4 * spread },
      { points: 30, reason: 'over the daily limit', holds: limit !== null && user.spend['24h'] + amount > limit.data.daily },
      { points: 25, reason: 'many attempts on the card', holds: card.attempts['10m'] >= 4 || refused.refusals['10m'] >= 3 },
      { points: 20, reason: 'small payments before a larger one', holds: card.small['1h'] >= 2 && amount >= 2 },
      { points: 20, reason: 'many merchants in an hour', holds: card.merchants['1h'] >= 4 },
      { points: 15, reason: 'a device that is new to this user', holds: root.data.device !== null && ownDevice.times['30d'] === 0 },
      { points: 40, reason: 'device shared by many users', holds: device.users['30d'] >= 4 || newcomers >= 3 },
      { points: 40, reason: 'charged again after a refund', holds: again },
      { points: 20, reason: 'refunded here more than once', holds: again && refunded.times['30d'] >= 2 },
      { points: 15, reason: 'cash out of pattern', holds: cash.amount['1h'] > 3 * (user.p95['30d'] ?? 100) },
      { points: 25, reason: 'another country than usual', holds: home !== undefined && home !== country },
    ].filter((finding) => finding.holds)
    const score = Math.min(
      100,
      findings.reduce((total, finding) => total + finding.points, 0),
    )
    return {
      decision: score >= 60 ? 'block' : score >= 40 ? 'review' : 'allow',
      score,
      reasons: findings.map((finding) => finding.reason),
    }
  },
})
