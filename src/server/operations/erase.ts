/** A subject's events removed for good. */
import { MillraceError } from '../../base/error.ts'
import { didYouMean } from '../../base/suggest.ts'
import { createBelonging } from '../../ingest/letters-of-subject.ts'
import { storedEvents } from '../../jobs/calls.ts'
import type { EventPlan, Named } from '../../model/plan.ts'
import type { Erased } from '../../store/center/port.ts'
import type { Platform } from '../platform.ts'

export interface EraseInput {
  /** Name of an entity, such as `user`. */
  readonly entity: string
  readonly key: string
}

export interface EraseOutput extends Erased {
  /** Types of which the entity is the subject; requests to jobs are among them. */
  readonly types: readonly string[]
  /** Dead letters removed. */
  readonly letters: number
  /** Dead letters that may be the subject's and stay: their mapping is not known, or its function comes to no subject for them. */
  readonly unclearLetters: number
}

/** The subject's events, and its dead letters. Throws ENTITY_UNKNOWN, EVENT_UNDECLARED, IMPORT_RUNNING, DATA_DAMAGED, LOG_DAMAGED. */
export const erase = async ({ project, center, warmth, deadLetters }: Platform, { entity, key }: EraseInput): Promise<EraseOutput> => {
  const events = storedEvents(project.plan)
  const types = typesOf(events, entity)
  // Even where it fails half way the subject is gone from reads.
  const erased = await center.erase({ types, subject: key }).finally(warmth.forget)
  const { mappings } = project.realm
  const mappingOf = ({ mapping, importId }: { readonly mapping: string; readonly importId: string }) =>
    Object.hasOwn(mappings, mapping) ? mappings[mapping] : deadLetters.mappingOf(importId)
  const belonging = createBelonging({ types, subject: key, events, mappingOf })
  let unclearLetters = 0
  const letters = await deadLetters.erase((letter) => {
    const found = belonging(letter)
    if (found === 'unclear') unclearLetters++
    return found === 'its'
  })
  return { ...erased, types, letters, unclearLetters }
}

const typesOf = (events: Named<EventPlan>, entity: string): readonly string[] => {
  const subjects = new Map<string, string[]>()
  for (const [type, { data, subject }] of Object.entries(events)) {
    const field = data[subject]!
    if (field.kind === 'entity') subjects.set(field.name, [...(subjects.get(field.name) ?? []), type])
  }
  const types = subjects.get(entity)
  if (types !== undefined) return types
  throw new MillraceError('ENTITY_UNKNOWN', 'no event has such a subject', { value: entity, hint: didYouMean(entity, subjects.keys()) })
}
