/** Dead letters tried again, after definitions or mappings were mended. */
import type { MappingPlan } from '../model/mapping.ts'
import type { EventPlan, Named } from '../model/plan.ts'
import { maxAheadMs } from '../model/standardise.ts'
import type { EventTable } from '../model/table.ts'
import type { Center, NewEvent } from '../store/center/port.ts'
import type { DeadLetterStore, LetterFilter } from './dead-letters.ts'
import type { DeadLetter } from './letter.ts'
import { batchOf, isRowRecord, type LetterRow } from './letter-row.ts'
import { createMapper, type Mapper } from './map/mapper.ts'
import { newEventAt } from './map/rows.ts'
import { createRecordReader } from './records.ts'

export interface ReplayOptions {
  readonly deadLetters: DeadLetterStore
  readonly filter?: LetterFilter
  readonly events: Named<EventPlan>
  /** By name. Letters of an import by a mapping that was inferred are tried by that one. */
  readonly mappings: Named<MappingPlan>
  readonly center: Pick<Center, 'append' | 'safe'>
  /** Milliseconds since 1970 UTC. */
  readonly clock: () => number
}

export interface ReplayReport {
  /** Letters that fit now, and whose events are in the center. */
  readonly replayed: number
  readonly events: number
  /** Letters that still do not fit, by the code of today. */
  readonly refused: { readonly [code: string]: number }
}

const lettersAtOnce = 1000

/**
 * Appends what fits now and marks its letters. A crash between the two leaves letters that will be tried once more: their
 * events have the same ids and content, so the center knows them. Throws what a mapping of today is refused for.
 */
export const replayDeadLetters = async (options: ReplayOptions): Promise<ReplayReport> => {
  const { deadLetters, filter } = options
  const attempt = createAttempt(options)
  const letters = deadLetters.list(filter)
  const refused: Record<string, number> = {}
  let [replayed, events] = [0, 0]
  for (let from = 0; from < letters.length; from += lettersAtOnce) {
    const done = await replaySome(options, letters.slice(from, from + lettersAtOnce), attempt, refused)
    replayed += done.replayed
    events += done.events
  }
  await deadLetters.sync()
  return { replayed, events, refused }
}

type Attempt = (letter: DeadLetter) => readonly NewEvent[] | { readonly code: string }

const replaySome = async (
  { center, deadLetters }: ReplayOptions,
  letters: readonly DeadLetter[],
  attempt: Attempt,
  refused: Record<string, number>,
): Promise<{ readonly replayed: number; readonly events: number }> => {
  const count = (code: string): void => {
    refused[code] = (refused[code] ?? 0) + 1
  }
  const fitting: { readonly letter: DeadLetter; readonly from: number; readonly to: number }[] = []
  const events: NewEvent[] = []
  for (const letter of letters) {
    const tried = attempt(letter)
    if ('code' in tried) {
      count(tried.code)
      continue
    }
    fitting.push({ letter, from: events.length, to: events.length + tried.length })
    events.push(...tried)
  }
  const outcomes = events.length === 0 ? [] : (await center.append(events)).outcomes
  let replayed = 0
  for (const { letter, from, to } of fitting) {
    const failed = outcomes.slice(from, to).find(({ outcome }) => outcome === 'refused')
    if (failed?.outcome === 'refused') count(failed.code)
    else {
      deadLetters.markReplayed(letter.number)
      replayed++
    }
  }
  return { replayed, events: outcomes.filter(({ outcome }) => outcome !== 'refused').length }
}

const createAttempt = ({ events, mappings, clock, center, deadLetters }: ReplayOptions): Attempt => {
  const mappers = new Map<string, Mapper>()
  const mapperOf = ({ mapping, source, knownAt, importId }: DeadLetter['origin'] & { via: 'import' }): Mapper | undefined => {
    const plan = Object.hasOwn(mappings, mapping) ? mappings[mapping] : withFieldsOf(events, deadLetters.mappingOf(importId))
    if (plan === undefined) return undefined
    const key = JSON.stringify([mapping, source, knownAt, Object.hasOwn(mappings, mapping) || importId])
    const mapper = mappers.get(key) ?? createMapper({ mapping: { name: mapping, plan }, events, source, knownAt })
    mappers.set(key, mapper)
    return mapper
  }
  return (letter) => {
    const latest = Math.max(clock(), center.safe()) + maxAheadMs
    if (letter.origin.via === 'http') {
      const source = letter.origin.sourceId.slice(0, letter.origin.sourceId.lastIndexOf(':'))
      const outcome = createRecordReader({ events, source, latest })(letter.record, letter.position)
      return 'event' in outcome ? [outcome.event] : { code: outcome.refusal.code }
    }
    const mapper = mapperOf(letter.origin)
    if (mapper === undefined) return { code: 'MAPPING_UNKNOWN' }
    return mapAgain(letter, letter.origin, { mapper, events, latest })
  }
}

/** An inferred mapping's columns hold what the fields do that they were found for: those of today. */
const withFieldsOf = (events: Named<EventPlan>, plan: MappingPlan | undefined): MappingPlan | undefined => {
  if (plan === undefined) return undefined
  const fields = new Map(
    plan.events.flatMap(({ event, fields }) =>
      Object.entries(fields).flatMap(([name, from]) => {
        const field = events[event]?.data[name]
        return 'column' in from && field !== undefined ? [[from.column, field] as const] : []
      }),
    ),
  )
  const columns = Object.entries(plan.columns).map(([name, column]) => [name, { ...column, field: fields.get(name) ?? column.field }])
  return { ...plan, columns: Object.fromEntries(columns) }
}

interface Again {
  readonly mapper: Mapper
  readonly events: Named<EventPlan>
  readonly latest: number
}

const mapAgain = (
  { record, position, code }: DeadLetter,
  origin: LetterRow['origin'],
  { mapper, events, latest }: Again,
): ReturnType<Attempt> => {
  if (!isRowRecord(record)) return { code }
  const { tables, refused } = mapper.map(batchOf({ record, position, origin }, mapper.columns), latest)
  const index = origin.eventIndex
  const failed = refused.find(({ event }) => event === undefined || index === undefined || event.index === index)
  if (failed !== undefined) return { code: failed.refusal.code }
  return tables.flatMap((table, i) =>
    (index === undefined || index === i) && table.rows > 0 ? [replayed(table, events[table.type]!)] : [],
  )
}

const replayed = (table: EventTable, plan: EventPlan): NewEvent => ({
  ...newEventAt(table, plan, 0),
  ...(plan.seq === undefined && { isSeqDerived: true }),
})
