import { decimal, entity, event, string, time } from 'millrace'

export const user = entity('user')

/** Whose event it is, when it happened, and what makes it unique. */
export const payment = event('payment', {
  subject: 'user',
  time: 'at',
  id: 'paymentId',
  data: { paymentId: string(), user, at: time(), amount: decimal(2) },
})
