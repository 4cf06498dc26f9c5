/** How good `card-fraud` is: its decisions beside the frauds that were planted. */
import { count, table } from '../../src/cli/output.ts'

export interface Decided {
  readonly paymentId: string
  readonly decision: 'allow' | 'review' | 'block'
}

export interface Quality {
  readonly flagged: number
  /** Of those flagged, the frauds. */
  readonly caught: number
  /** Share of those flagged that are frauds; NaN where none is flagged. */
  readonly precision: number
  /** Share of the frauds that are flagged; NaN where there is none. */
  readonly recall: number
}

/** `frauds` has the kind of each fraudulent payment by its id. */
export type Frauds = ReadonlyMap<string, string>

export const qualityOf = (flagged: readonly Decided[], frauds: Frauds): Quality => {
  const caught = flagged.filter(({ paymentId }) => frauds.has(paymentId)).length
  return { flagged: flagged.length, caught, precision: caught / flagged.length, recall: caught / frauds.size }
}

const percent = (share: number): string => (Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`)

/** Precision and recall of what is blocked, and of what is not allowed; then the recall of each kind of fraud. */
export const qualityText = (decided: readonly Decided[], frauds: Frauds): string => {
  const flagged = decided.filter(({ decision }) => decision !== 'allow')
  const blocked = decided.filter(({ decision }) => decision === 'block')
  const kinds = [...new Set(frauds.values())].sort()
  return [
    table(
      ['decision', 'payments', 'frauds among them', 'precision', 'recall'],
      [
        ['block', blocked],
        ['block or review', flagged],
      ].map(([name, some]) => {
        const quality = qualityOf(some as readonly Decided[], frauds)
        return [name as string, count(quality.flagged), count(quality.caught), percent(quality.precision), percent(quality.recall)]
      }),
    ),
    '',
    table(
      ['fraud', 'payments', 'blocked or reviewed'],
      kinds.map((kind) => {
        const ofKind = new Map([...frauds].filter(([, one]) => one === kind))
        return [kind, count(ofKind.size), percent(qualityOf(flagged, ofKind).recall)]
      }),
    ),
  ].join('\n')
}
