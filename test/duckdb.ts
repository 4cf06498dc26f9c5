/** Tests only: files that another program wrote, and what it reads in ours. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'

export interface TestDuckdb {
  readonly folder: string
  run(sql: string): Promise<void>
  /** Rows as plain JSON, times and decimals as text. */
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  close(): void
}

export const openTestDuckdb = async (): Promise<TestDuckdb> => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  return {
    folder,
    run: async (sql) => {
      await connection.run(sql.replaceAll('{folder}', folder))
    },
    rows: async (sql) => {
      const result = await connection.runAndReadAll(sql.replaceAll('{folder}', folder))
      return result.getRowObjectsJson() as readonly Readonly<Record<string, unknown>>[]
    },
    close: () => {
      connection.closeSync()
      instance.closeSync()
      rmSync(folder, { recursive: true })
    },
  }
}
