/** Whole events with one key: the latest first, so that a bounded read touches no more than it gives. */
import { MillraceError } from '../../../base/error.ts'
import type { EventVersion, Read } from '../../../model/event.ts'
import { compareEvents, holding, isVisible } from '../../../model/order.ts'
import type { EventsRequest, TimeRange } from '../port.ts'
import { keyRowsBackward } from './key-rows.ts'
import { hasKey, type Key } from './live.ts'
import type { Run } from './run/open.ts'
import { readableType, type State, type TypeState } from './state.ts'

/** Events from the latest down. */
interface Cursor {
  /** Time of the event it stands at, or before it is settled a bound of it; undefined when there is none. */
  latest(): number | undefined
  isSettled(): boolean
  settle(): void
  event(): EventVersion
  next(): void
}

export const readEvents = (state: State, { types, from, to, key, read, last, accept }: EventsRequest): readonly EventVersion[] => {
  const limit = last ?? Number.POSITIVE_INFINITY
  if (!(limit >= 0)) throw new MillraceError('LIMIT_INVALID', 'not a number of events', { value: last, expected: '0 or above' })
  const cursors = types.flatMap((type) => typeCursors(readableType(state, type), { from, to }, key, read))
  const found: EventVersion[] = []
  while (found.length < limit) {
    const cursor = latestOf(cursors)
    if (cursor === undefined) break
    const event = cursor.event()
    cursor.next()
    if (isVisible(event, read) && (accept === undefined || accept(event))) found.push(event)
  }
  return found.reverse()
}

const latestOf = (cursors: readonly Cursor[]): Cursor | undefined => {
  for (;;) {
    const time = latestTime(cursors)
    if (time === undefined) return undefined
    const standing = cursors.filter((cursor) => cursor.latest() === time)
    const unsettled = standing.find((cursor) => !cursor.isSettled())
    if (unsettled === undefined) return standing.reduce((best, cursor) => (compareEvents(cursor.event(), best.event()) > 0 ? cursor : best))
    unsettled.settle()
  }
}

const latestTime = (cursors: readonly Cursor[]): number | undefined => {
  let latest: number | undefined
  for (const cursor of cursors) {
    const time = cursor.latest()
    if (time !== undefined && (latest === undefined || time > latest)) latest = time
  }
  return latest
}

const typeCursors = ({ runs, live }: TypeState, range: TimeRange, key: Key, read: Read): Cursor[] => {
  const amended = live
    .amendedIn(range, key)
    .map((group) => holding(group, read))
    .filter((event) => event !== undefined && event.time >= range.from && event.time < range.to && hasKey(event, key)) as EventVersion[]
  return [
    memoryCursor(live.plainBackward(range, key)),
    memoryCursor(downwards(amended.sort(compareEvents))),
    ...runs.filter(({ entry }) => entry.maxTime >= range.from && entry.minTime < range.to).map((run) => runCursor(run, range, key)),
  ]
}

const downwards = (events: EventVersion[]) => () => events.pop()

const memoryCursor = (next: () => EventVersion | undefined): Cursor => {
  let event = next()
  return {
    latest: () => event?.time,
    isSettled: () => true,
    settle: () => {},
    event: () => event!,
    next: () => {
      event = next()
    },
  }
}

/** Looks into its run only once that may have the latest event. */
const runCursor = (run: Run, range: TimeRange, key: Key): Cursor => {
  let rows: (() => number) | undefined
  let [row, time, event]: [number, number | undefined, EventVersion | undefined] = [-1, Math.min(run.entry.maxTime, range.to), undefined]
  const next = (): void => {
    event = undefined
    row = rows!()
    time = row < 0 ? undefined : run.time.at(row)
  }
  return {
    latest: () => time,
    isSettled: () => rows !== undefined,
    settle: () => {
      rows = keyRowsBackward(run, range, key)
      next()
    },
    event: () => {
      event ??= run.versionAt(row)
      return event
    },
    next,
  }
}
