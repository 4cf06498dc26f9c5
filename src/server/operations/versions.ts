/** Other versions of a project than the one that was opened, over the same data. */
import { MillraceError } from '../../base/error.ts'
import { storedEvents } from '../../jobs/calls.ts'
import { type LoadedProject, loadProject } from '../../jobs/project.ts'
import { canonical } from '../../model/json.ts'
import type { EventPlan } from '../../model/plan.ts'
import type { Platform } from '../platform.ts'

/** The platform's own project as its files say now. Throws what loading throws, EVENTS_CHANGED. */
export const projectNow = (platform: Platform): Promise<LoadedProject> => versionAt(platform, platform.project.entry)

/** Throws what loading throws, and EVENTS_CHANGED where stored events cannot be read as that version declares them. */
export const versionAt = async (platform: Platform, path: string): Promise<LoadedProject> => {
  const { project } = platform
  const loaded = await loadProject(path)
  if (loaded.hash === project.hash) return project
  const stored = storedEvents(project.plan)
  for (const [type, event] of Object.entries(loaded.plan.events)) {
    if (!Object.hasOwn(stored, type)) throw eventsChanged(loaded, `event '${type}'`, 'it is new')
    const changed = changeOf(stored[type]!, event)
    if (changed !== undefined) throw eventsChanged(loaded, `event '${type}'`, changed)
  }
  return loaded
}

/** Fields may be fewer: what a version does not know it does not read. */
const changeOf = (stored: EventPlan, event: EventPlan): string | undefined => {
  if (stored.subject !== event.subject || stored.time !== event.time) return 'its subject or time is another field'
  const field = Object.keys(event.data).find(
    (name) => !Object.hasOwn(stored.data, name) || canonical(stored.data[name]) !== canonical(event.data[name]),
  )
  return field === undefined ? undefined : `its field '${field}' is new or of another type`
}

const eventsChanged = ({ entry }: LoadedProject, at: string, why: string): MillraceError =>
  new MillraceError('EVENTS_CHANGED', `this version declares events otherwise than the data was opened with: ${why}`, {
    at: `${entry}, ${at}`,
    hint: 'the process that holds the data must be started with these definitions',
  })
