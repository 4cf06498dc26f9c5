/** What threads need of tables before they answer any root, made once and in memory that all of them read. */
import type { EventPlan, ProjectPlan } from '../../model/plan.ts'
import type { EventTable } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { CompiledTree } from '../../tree/compile.ts'
import type { StampName } from '../../windows/batch/prepare.ts'
import { type PreparedData, type PreparedRows, preparedOf, prepareRows } from '../../windows/batch/prepared.ts'
import type { CompiledWindows } from '../../windows/compiled.ts'
import { keysOf } from '../../windows/source.ts'
import { type KeyedRows, type KeyedTable, keyedTableOf, keyTable } from './keyed-table.ts'
import { releaseUnused } from './release.ts'
import { shared, sharedMemory } from './shared-table.ts'

/** By `rowsName` and `keyName`; can be posted. */
export interface SharedRows {
  readonly definitions: ReadonlyMap<string, SharedDefinition>
  readonly keyed: ReadonlyMap<string, KeyedRows>
}

interface SharedDefinition extends PreparedData {
  /** By dimension, the values of each key, in the order of their codes. */
  readonly keyValues: readonly (readonly Value[])[]
}

export const rowsName = (definition: string, stamp: StampName | undefined): string => `${definition}\0${stamp}`
export const keyName = (type: string, path: string): string => `${type}\0${path}`

export interface SharedRowsRequest {
  readonly tree: CompiledTree
  /** In shared memory. */
  readonly tables: ReadonlyMap<string, EventTable>
  readonly plan: ProjectPlan
  /** Those that roots' cut-offs are on; undefined among them where some have none. */
  readonly stamps: readonly (StampName | undefined)[]
}

export const shareRows = ({ tree, tables, plan, stamps }: SharedRowsRequest): SharedRows => {
  const definitions = new Map<string, SharedDefinition>()
  const keyed = new Map<string, KeyedRows>()
  for (const { windows, node } of tree.fetches) {
    for (const stamp of windows === undefined ? [] : stamps) {
      const name = rowsName(windows!.name, stamp)
      if (!definitions.has(name)) definitions.set(name, shareDefinition(windows!, tables, stamp))
    }
    for (const member of node?.members ?? []) {
      const path = member.path(node!.by)
      const name = keyName(member.type, path)
      if (!keyed.has(name)) keyed.set(name, shareKeyed(keyTable(tables.get(member.type)!, path, plan.events[member.type]!)))
    }
    releaseUnused()
  }
  return { definitions, keyed }
}

const shareDefinition = (
  compiled: CompiledWindows,
  tables: ReadonlyMap<string, EventTable>,
  stamp: StampName | undefined,
): SharedDefinition => {
  const { keys, time, columns, starts, masks, from, until, lagMs } = prepareRows({
    compiled,
    tables: compiled.members.map((member) => tables.get(member.event)!),
    stamp,
    memory: sharedMemory,
  })
  const keyValues = compiled.dimensions.map((_, i) => Array.from({ length: keys.size() }, (_, code) => keys.values(code)[i]!))
  return { keyValues, time, columns, starts, masks, from, until, lagMs }
}

const shareKeyed = ({ codes, starts, rows, times }: KeyedTable): KeyedRows => ({
  codes,
  starts: shared(starts),
  rows: shared(rows),
  times: shared(times),
})

/** On the other side: undefined for what was not made. */
export interface OpenedRows {
  definition(compiled: CompiledWindows, stamp: StampName | undefined): PreparedRows | undefined
  keyed(table: EventTable, path: string, event: EventPlan): KeyedTable | undefined
}

export const openRows = ({ definitions, keyed }: SharedRows): OpenedRows => ({
  definition: (compiled, stamp) => {
    const found = definitions.get(rowsName(compiled.name, stamp))
    if (found === undefined) return undefined
    const keys = keysOf(compiled)
    const [first] = found.keyValues
    for (let code = 0; code < first!.length; code++) keys.add(found.keyValues.map((values) => values[code]!))
    return preparedOf(compiled, keys, found)
  },
  keyed: (table, path, event) => {
    const found = keyed.get(keyName(table.type, path))
    return found && keyedTableOf(table, path, event, found)
  },
})
