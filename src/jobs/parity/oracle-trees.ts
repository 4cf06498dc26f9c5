/**
 * Trees by brute force, for parity. What the oracle is given is gathered by plain loops over a scan of whole tables: every version
 * of every event that has one of the root's keys and lies within reach of a definition, the root's own included.
 */
import { cellAt, valueAt } from '../../model/cell.ts'
import type { EventVersion, Read } from '../../model/event.ts'
import { type FieldPlan, fieldAt } from '../../model/field.ts'
import type { Json } from '../../model/json.ts'
import type { JobPlan, ProjectPlan } from '../../model/plan.ts'
import type { EventTable } from '../../model/table.ts'
import { rowVersion } from '../../model/table-slice.ts'
import type { Data, Value } from '../../model/value.ts'
import { jsonOf } from '../../oracle/node.ts'
import { oracleTree } from '../../oracle/tree.ts'
import type { CenterReader, ScanRequest } from '../../store/center/port.ts'
import type { CompiledTree } from '../../tree/compile.ts'

export interface OracleRootRequest {
  readonly type: string
  readonly id: string
  readonly time: number
  readonly read: Read
}

export type OracleTrees = (root: OracleRootRequest, data: Data) => Json

export interface OracleTreesOptions {
  readonly center: CenterReader
  readonly plan: ProjectPlan
  readonly job: JobPlan
  readonly tree: CompiledTree
  /** What the batch reads, here with every field. */
  readonly scans: readonly ScanRequest[]
}

export const createOracleTrees = async ({ center, plan, job, tree, scans }: OracleTreesOptions): Promise<OracleTrees> => {
  const tables = new Map<string, EventTable>()
  for (const scan of scans) tables.set(scan.type, await center.scan({ ...scan, columns: Object.keys(plan.events[scan.type]!.data) }))
  return (root, data) => {
    const versions = relevant({ plan, tree, tables, isArrival: job.asOf === 'arrival' }, root, data)
    return jsonOf(
      oracleTree({
        plan,
        versions,
        root: { sort: 'event', type: root.type, id: root.id },
        fetch: job.fetch,
        read: root.read,
        asOf: job.asOf,
      }),
    )
  }
}

/** Events of a type with these values, not before a time. */
interface Wanted {
  readonly type: string
  readonly key: readonly (readonly [path: string, value: Value])[]
  readonly from: number
  /** Only so many, the latest before the root; Infinity where a definition may count them all. */
  readonly most: number
}

/** A node that shows its last k events is given this many more, for those that its read or filter may leave out. */
const spare = 1000

const wantedBy = (tree: CompiledTree, time: number, data: Data): readonly Wanted[] =>
  tree.fetches.flatMap((part) => {
    const values = part.keyFields.map((field) => valueAt(data, field))
    if (part.windows !== undefined) {
      const { members, dimensions, reachMs } = part.windows
      return members.map((member) => ({
        type: member.event,
        key: dimensions.map((column, i) => [member.sources[column]!, values[i]!] as const),
        from: time - reachMs,
        most: Number.POSITIVE_INFINITY,
      }))
    }
    const { node } = part
    return node.members.map((member) => ({
      type: member.type,
      key: [[member.path(node.by), values[0]!] as const],
      from: time - node.reachMs,
      most: node.showsEvents ? node.last + spare : Number.POSITIVE_INFINITY,
    }))
  })

interface Gathering {
  readonly plan: ProjectPlan
  readonly tree: CompiledTree
  readonly tables: ReadonlyMap<string, EventTable>
  readonly isArrival: boolean
}

const relevant = ({ plan, tree, tables, isArrival }: Gathering, root: OracleRootRequest, data: Data): readonly EventVersion[] => {
  const rows = new Map<string, Set<number>>()
  const mark = (type: string, row: number) => void (rows.get(type) ?? rows.set(type, new Set()).get(type)!).add(row)
  for (const wanted of wantedBy(tree, root.time, data)) {
    const table = tables.get(wanted.type)!
    const tests = wanted.key.map(([path, value]) => cellTest(table, plan, path, value))
    let found = 0
    for (let row = table.rows - 1; row >= 0 && table.time[row]! >= wanted.from && found < wanted.most; row--) {
      if ((isArrival || table.time[row]! < root.time) && tests.every((test) => test(row))) {
        mark(wanted.type, row)
        found++
      }
    }
  }
  const own = tables.get(root.type)!
  for (let row = 0; row < own.rows; row++) if (own.time[row] === root.time && own.ids.at(row) === root.id) mark(root.type, row)
  const amended = [...tables.values()].flatMap((table) => table.amended.flat())
  return [
    ...amended,
    ...[...rows].flatMap(([type, found]) =>
      [...found].map((row) => rowVersion(tables.get(type)!, row, plan.events[type]!.data, plan.events[type]!.subject)),
    ),
  ]
}

/** Whether a row's cell holds a value; a path into an object is followed in the object. */
const cellTest = (table: EventTable, plan: ProjectPlan, path: string, value: Value): ((row: number) => boolean) => {
  const [top = ''] = path.split('.')
  const column = table.columns[top]!
  const field = fieldAt(plan.events[table.type]!.data, top) as FieldPlan
  if (column.kind === 'code') {
    const code = column.dictionary.indexOf(value as string)
    return (row) => code >= 0 && column.codes[row] === code
  }
  return (row) => valueAt({ [top]: cellAt(column, field, row) }, path) === value
}
