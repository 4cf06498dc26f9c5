/** DuckDB as a peer, and as a writer and reader of files that share no code with ours. */
import { DuckDBDataChunk, DuckDBInstance, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'

export interface Duckdb {
  run(sql: string): Promise<void>
  /** All rows as objects of plain JSON. */
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** The single number that a query gives. */
  number(sql: string): Promise<number>
  /** Rows as columns, chunk by chunk. */
  columns(sql: string, visit: (columns: readonly (readonly DuckDBValue[])[]) => void): Promise<void>
  /** `chunk` gives rows from `from` on, `count` of them, column by column. */
  append(table: string, types: readonly DuckDBType[], rows: number, chunk: Chunk): Promise<void>
  version(): Promise<string>
  /** The statement under way, if any, throws. */
  interrupt(): void
  close(): void
}

type Chunk = (from: number, count: number) => DuckDBValue[][]

const chunkRows = 2048

export const openDuckdb = async (threads: number, path = ':memory:'): Promise<Duckdb> => {
  const instance = await DuckDBInstance.create(path, { threads: String(threads) })
  const connection = await instance.connect()
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJson() as Readonly<Record<string, unknown>>[]
  return {
    run: async (sql) => {
      await connection.run(sql)
    },
    rows,
    number: async (sql) => Number(Object.values((await rows(sql))[0]!)[0]),
    columns: async (sql, visit) => {
      const result = await connection.stream(sql)
      for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk())
        visit(chunk.getColumns())
    },
    append: async (table, types, total, chunk) => {
      const appender = await connection.createAppender(table)
      const data = DuckDBDataChunk.create(types)
      for (let from = 0; from < total; from += chunkRows) {
        const count = Math.min(chunkRows, total - from)
        data.rowCount = count
        data.setColumns(chunk(from, count))
        appender.appendDataChunk(data)
      }
      appender.closeSync()
    },
    version: async () => String((await rows('select version() as v'))[0]!['v']),
    interrupt: () => connection.interrupt(),
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** How many of `rows` rows differ in any of the columns between two relations, joined by `id`; a row that one lacks counts. */
export const differingRows = (duckdb: Duckdb, a: string, b: string, columns: readonly string[]): Promise<number> =>
  duckdb.number(
    `select count(*) from (from ${a}) a full join (from ${b}) b using (id) where ${columns
      .map((name) => `a."${name}" is distinct from b."${name}"`)
      .join(' or ')} or a.id is null or b.id is null`,
  )
