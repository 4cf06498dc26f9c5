/** What the bench of memory loads: visits with ids and notes of their own, so that the data is large beside its rows. */
import { count, entity, event, int, into, mapping, project, string, sum, time, windows } from 'millrace'

const visit = event('visit', {
  subject: 'user',
  time: 'at',
  id: 'code',
  data: { code: string(), user: entity('user'), at: time(), amount: int(), note: string() },
})

const spend = windows('spend', {
  of: visit,
  by: 'user',
  over: ['1d', '7d', '30d'],
  features: (row) => ({ visits: count(), spent: sum(row.amount) }),
})

const visits = mapping('visits', {
  columns: { code: string(), user: string(), at: time(), amount: int(), note: string() },
  events: (row) => [
    into(visit, { fields: { code: row.code, user: row.user, at: row.at, amount: row.amount, note: row.note }, knownAt: 'time' }),
  ],
})

export const visitsProject = project('visits', { visit, spend, visits })
