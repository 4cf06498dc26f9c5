/** A subject's events removed for good. */
import { MillraceError } from '../../base/error.ts'
import { didYouMean } from '../../base/suggest.ts'
import { isLetterOfSubject } from '../../ingest/letters-of-subject.ts'
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
}

/** The subject's events, and its dead letters. Throws ENTITY_UNKNOWN, EVENT_UNDECLARED, IMPORT_RUNNING, DATA_DAMAGED, LOG_DAMAGED. */
export const erase = async ({ project, center, series, deadLetters }: Platform, { entity, key }: EraseInput): Promise<EraseOutput> => {
  const events = storedEvents(project.plan)
  const types = typesOf(events, entity)
  // Even where it fails half way the subject is gone from reads.
  const erased = await center.erase({ types, subject: key }).finally(series.clear)
  const { mappings } = project.realm
  const mappingOf = ({ mapping, importId }: { readonly mapping: string; readonly importId: string }) =>
    Object.hasOwn(mappings, mapping) ? mappings[mapping] : deadLetters.mappingOf(importId)
  const letters = await deadLetters.erase(isLetterOfSubject({ types, subject: key, events, mappingOf }))
  return { ...erased, types, letters }
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
