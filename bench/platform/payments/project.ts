/** What the benches of import and restart load: payments by user. */
import { count, entity, event, int, into, mapping, max, optional, project, string, sum, time, windows } from 'millrace'

const payment = event('payment', {
  subject: 'user',
  time: 'at',
  data: { user: entity('user'), at: time(), amount: optional(int()) },
})

const spend = windows('spend', {
  of: payment,
  by: 'user',
  over: ['1d', '7d', '30d'],
  features: (row) => ({ payments: count(), spent: sum(row.amount), most: max(row.amount) }),
})

const payments = mapping('payments', {
  columns: { user: string(), at: time(), amount: optional(int()) },
  events: (row) => [into(payment, { fields: { user: row.user, at: row.at, amount: row.amount }, knownAt: 'time' })],
})

export const paymentsProject = project('payments', { payment, spend, payments })
