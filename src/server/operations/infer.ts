/** What a file could be imported as, where no mapping is declared. */
import { basename, extname, resolve } from 'node:path'
import { proposeDefinitions } from '../../ingest/infer/definitions.ts'
import { proposeMapping } from '../../ingest/infer/mapping.ts'
import { profileFile } from '../../ingest/infer/profile.ts'
import { openRows } from '../../ingest/readers/open.ts'
import type { EventPlan, Named } from '../../model/plan.ts'
import type { Platform } from '../platform.ts'

export interface InferInput {
  /** Absolute, or from where the holder of the folder runs. */
  readonly file: string
}

export interface InferredDefinitions {
  /** A module that imports from 'millrace'. */
  readonly typescript: string
  /** Guesses that should be looked at. */
  readonly notes: readonly string[]
}

/** A mapping onto declared events, as text for people; or definitions, where no event is declared. */
export type InferOutput = { readonly mapping: string } | { readonly definitions: InferredDefinitions }

/** Throws FILE_…, MAPPING_NOT_INFERRED, TIME_NOT_INFERRED, SUBJECT_NOT_INFERRED. */
export const infer = async ({ project }: Platform, { file }: InferInput): Promise<InferOutput> =>
  Object.keys(project.plan.events).length === 0
    ? { definitions: await inferDefinitions(file) }
    : { mapping: (await inferMapping(file, project.plan.events)).text }

export const inferDefinitions = async (file: string): Promise<InferredDefinitions> => proposeDefinitions(nameOf(file), await profiled(file))

/** Named after the file, which stands in ids that events do not declare. */
export const inferMapping = async (file: string, events: Named<EventPlan>) => proposeMapping(nameOf(file), await profiled(file), events)

const profiled = async (file: string) => {
  const reader = openRows(resolve(file))
  try {
    return await profileFile(reader)
  } finally {
    reader.close()
  }
}

const nameOf = (file: string): string => basename(file, extname(file)).replaceAll(/[^A-Za-z0-9_-]+/g, '-')
