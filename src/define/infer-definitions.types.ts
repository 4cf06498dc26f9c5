// What the assertions on inference are about. Compiled by `npm run types`; nothing here runs.
import { boolean, decimal, double, entity, event, int, int64, list, object, oneOf, optional, string, time } from '../index.ts'
import type { Flat } from './expect.types.ts'

export type Tree<J extends { readonly '~tree': unknown }> = J['~tree']
export type Data<E extends { readonly '~root': { readonly data: unknown } }> = Flat<E['~root']['data']>

export const shop = entity('shop')
export const order = event('order', {
  subject: 'shop',
  time: 'at',
  id: 'orderId',
  seq: 'n',
  version: 'n',
  rows: 'facts',
  callAppends: true,
  aliases: { price: 'cost', n: ['number', 'no'] },
  data: {
    orderId: string(),
    shop,
    at: time(),
    n: int(),
    serial: int64(),
    price: decimal(4),
    weight: double(),
    gift: boolean(),
    state: oneOf('new', 'paid'),
    tags: list(string()),
    note: optional(string()),
    buyer: optional(entity('user')),
    address: object({ city: string(), zip: optional(string()) }),
  },
})
export const user = entity('user')
export const bought = event('bought', { subject: 'user', time: 'at', data: { user, shop, at: time(), total: decimal(4) } })
export const paid = event('paid', { subject: 'user', time: 'at', data: { user, at: time(), by: oneOf('card', 'cash') } })
