import type { OutputPlan } from '../model/plan.ts'
import { frozen } from './frozen.ts'

/** Where live results go: declared now, used by the live streams to come. `By` names the field of the root by whose entity the feature store keeps them. */
export interface Output<By extends string = never> {
  readonly '~by': By
  readonly output: OutputPlan
}

const output = <By extends string = never>(plan: OutputPlan): Output<By> => frozen({ output: plan }) as Output<By>

/** Kept as features of the entity in a field of the root: for look-up by key and for selection. `featureStore('user')`. */
export const featureStore = <const By extends string>(by: By): Output<By> => output({ to: 'features', by })
/** A Parquet, CSV or JSON Lines file, as its name ends. */
export const file = (path: string): Output => output({ to: 'file', path })
export const table = (name: string): Output => output({ to: 'table', name })
export const topic = (name: string): Output => output({ to: 'topic', name })
export const queue = (name: string): Output => output({ to: 'queue', name })
export const webhook = (url: string): Output => output({ to: 'webhook', url })
