/** Which read a root is computed with (docs/semantics.md, "What a root sees"). */
import type { EventVersion, Read } from '../model/event.ts'
import type { JobPlan } from '../model/plan.ts'
import { cutoffOf } from '../model/stamp.ts'
import { durationMs } from '../model/window.ts'

/** How a caller asks: a read for all roots, or each root's own cut-off on one of the stamps, or what fits the root. */
export type ReadPolicy = Read | { readonly as: 'own'; readonly stamp: 'recorded' | 'known' | 'either' }

export const graceMs = ({ grace }: Pick<JobPlan, 'grace'>): number => (grace === undefined ? 0 : durationMs(grace))

/** What arrived live could be known when it was recorded; an import says otherwise. */
export const wasImported = ({ recordedAt, knownAt }: Pick<EventVersion, 'recordedAt' | 'knownAt'>): boolean => knownAt !== recordedAt

export const readFor = (policy: ReadPolicy, root: Pick<EventVersion, 'recordedAt' | 'knownAt'>, grace: number): Read => {
  if (policy.as !== 'own') return policy
  const isKnown = policy.stamp === 'known' || (policy.stamp === 'either' && wasImported(root))
  return isKnown ? { as: 'known', cutoff: cutoffOf(root.knownAt, grace) } : { as: 'recorded', cutoff: cutoffOf(root.recordedAt, grace) }
}

export const ownRead: ReadPolicy = { as: 'own', stamp: 'either' }
