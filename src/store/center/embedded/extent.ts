/** How much of a type there is: from what runs say of themselves, and what memory has. */
import { holding } from '../../../model/order.ts'
import type { Extent } from '../port.ts'
import type { Run } from './run/open.ts'
import type { TypeState } from './state.ts'

export const extentOf = ({ runs, live }: TypeState): Extent => {
  let count = 0
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const add = (events: number, first: number, last: number): void => {
    count += events
    from = Math.min(from, first)
    to = Math.max(to, last)
  }
  for (const run of runs) if (run.footer.rows > run.hidden.size) add(run.footer.rows - run.hidden.size, ...timesOf(run))
  const plain = live.plainEvents()
  if (plain.length > 0) add(plain.length, plain[0]!.time, plain.at(-1)!.time)
  for (const versions of new Set(live.amendedEvents())) {
    const time = holding(versions, { as: 'corrected' })?.time
    if (time !== undefined) add(1, time, time)
  }
  return { count, from, to }
}

/** Of the first and the last row that is not hidden, of which there must be one. */
const timesOf = ({ time, hidden, footer }: Run): readonly [first: number, last: number] => {
  let [first, last] = [0, footer.rows - 1]
  while (hidden.has(first)) first++
  while (hidden.has(last)) last--
  return [time.at(first), time.at(last)]
}
