/**
 * Series of this process: one row engine for each windows definition, loaded from the center key by key when first asked for, kept
 * within a budget of memory, and told of every event that is recorded meanwhile.
 */
import { type Answer, allAnswers, andThen } from '../../../base/answer.ts'
import { MillraceError } from '../../../base/error.ts'
import { didYouMean } from '../../../base/suggest.ts'
import type { ProjectPlan } from '../../../model/plan.ts'
import type { Value } from '../../../model/value.ts'
import { compileWindows } from '../../../windows/compile.ts'
import type { CompiledMember, CompiledWindows } from '../../../windows/compiled.ts'
import { createRowEngine, type RowEngine } from '../../../windows/rows/engine.ts'
import type { CenterReader } from '../../center/port.ts'
import type { SlotValues, WindowsQuestion, WindowsReader } from '../port.ts'

export interface EmbeddedSeries extends WindowsReader {
  /** Takes in what was just recorded. */
  recorded(events: readonly { readonly type: string; readonly id: string }[]): Promise<void>
  /** Forgets everything: after an import or an erasure. */
  clear(): void
}

export interface EmbeddedSeriesOptions {
  readonly plan: ProjectPlan
  readonly center: CenterReader
  /** All series together, about. Default 256 MB. */
  readonly memoryBytes?: number
}

const defaultMemoryBytes = 256 * 1024 * 1024

/** Compiles every windows definition of the plan; throws what `compileWindows` throws. */
export const createEmbeddedSeries = ({ plan, center, memoryBytes = defaultMemoryBytes }: EmbeddedSeriesOptions): EmbeddedSeries => {
  const compiled = new Map(Object.entries(plan.windows).map(([name, windows]) => [name, compileWindows(name, windows, plan.events)]))
  const share = memoryBytes / Math.max(1, compiled.size)
  const make = (windows: CompiledWindows): RowEngine => createRowEngine(windows, { holds: 'loaded', memoryBytes: share })
  const engines = new Map([...compiled].map(([name, windows]) => [name, make(windows)]))
  const engineOf = (name: string): RowEngine => {
    const engine = engines.get(name)
    if (engine === undefined)
      throw new MillraceError('WINDOWS_UNKNOWN', 'there is no such windows definition', {
        value: name,
        hint: didYouMean(name, engines.keys()),
      })
    return engine
  }
  return {
    read: (question, into) => {
      const engine = engineOf(question.windows)
      if (question.key === null || engine.has(question.key)) return engine.query(question, into)
      return loadThenRead(engine, center, question, into)
    },
    recorded: async (events) => {
      for (const { type, id } of events) {
        const readers = [...engines.values()].filter((engine) => engine.compiled.members.some((member) => member.event === type))
        if (readers.length === 0) continue
        const versions = await center.versions(type, id)
        for (const engine of readers) engine.insertVersions(versions)
      }
    },
    clear: () => {
      for (const [name, windows] of compiled) engines.set(name, make(windows))
    },
  }
}

const loadThenRead = (engine: RowEngine, center: CenterReader, question: WindowsQuestion, into: SlotValues): Answer<void> => {
  const key = question.key!
  const answers = engine.compiled.members.map((member) => center.table(keyRequest(engine.compiled, member, key)))
  return andThen(allAnswers(answers), (tables) => {
    engine.load(key, tables)
    engine.query(question, into)
  })
}

const keyRequest = ({ dimensions }: CompiledWindows, member: CompiledMember, key: readonly Value[]) => ({
  type: member.event,
  columns: member.paths,
  key: Object.fromEntries(dimensions.map((column, i) => [member.sources[column]!, key[i]!])),
  from: Number.NEGATIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
})
