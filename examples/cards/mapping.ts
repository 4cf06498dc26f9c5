import { decimal, into, mapping, oneOf, optional, string, time } from 'millrace'
import { answer, card, category, device, limitChanged, merchant, payment, refund, user, withdrawal } from './cards.ts'

/** The JSON Lines of `generate.ts`: one record an event, its type in `type`. `sentAt` is when it reached the bank: some come late. */
export const cardsFile = mapping('cards', {
  columns: {
    type: oneOf('payment', 'answer', 'withdrawal', 'refund', 'limit-changed'),
    sentAt: time(),
    at: time(),
    paymentId: optional(string()),
    user: optional(user),
    card,
    device: optional(device),
    merchant: optional(merchant),
    amount: decimal(2),
    category: optional(category),
    country: optional(string()),
    result: optional(oneOf('approved', 'refused')),
  },
  events: (row) => {
    const { at, paymentId, user, card, merchant, amount, country, sentAt: knownAt } = row
    const paid = { paymentId, user, card, merchant, at, amount }
    return [
      into(payment, {
        where: row.type.is('payment'),
        fields: { ...paid, device: row.device, category: row.category, country },
        knownAt,
      }),
      into(answer, { where: row.type.is('answer'), fields: { ...paid, country, result: row.result }, knownAt }),
      into(withdrawal, { where: row.type.is('withdrawal'), fields: { holder: user, card, at, total: amount, country }, knownAt }),
      into(refund, { where: row.type.is('refund'), fields: paid, knownAt }),
      into(limitChanged, { where: row.type.is('limit-changed'), fields: { card, at, daily: amount }, knownAt }),
    ]
  },
})
