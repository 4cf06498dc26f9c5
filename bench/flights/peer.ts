/** DuckDB computing the job's features, group by group, within a budget of time. */
import { statSync } from 'node:fs'
import type { Duckdb } from '../harness/duckdb.ts'
import { flightsTables, type PeerGroup, type SqlTable } from './sql.ts'
import { landingGroups, percentileGroups } from './sql-landings.ts'
import { trafficGroup } from './sql-traffic.ts'

const groups: readonly PeerGroup[] = [...landingGroups, trafficGroup, ...percentileGroups]

export interface PeerRequest {
  readonly duckdb: Duckdb
  /** The flights. */
  readonly file: string
  /** Only those that leave before, as SQL says a timestamp. */
  readonly to: string | undefined
  /** Where each group's features are written to, as `NUMBER.parquet`. */
  readonly folder: string
  /** Of all groups together; what has not finished then is stopped. */
  readonly budgetSeconds: number
  say(line: string): void
}

export interface FinishedGroup {
  readonly name: string
  readonly features: readonly string[]
  readonly seconds: number
  readonly cpuS: number
  /** `id`, then the features. */
  readonly file: string
}

export interface PeerRun {
  /** Reading the flights, which all groups share. */
  readonly prepareSeconds: number
  readonly prepareCpuS: number
  readonly finished: readonly FinishedGroup[]
  /** For which there was no time left. */
  readonly unfinished: readonly PeerGroup[]
}

/** Throws what a statement throws, unless it is that its time was over. */
export const runPeer = async ({ duckdb, file, to, folder, budgetSeconds, say }: PeerRequest): Promise<PeerRun> => {
  const budget = createBudget(duckdb, budgetSeconds)
  const prepared = await budget.spend(() => makeTables(duckdb, flightsTables(file, to)))
  const finished: FinishedGroup[] = []
  const unfinished: PeerGroup[] = []
  for (const [i, group] of groups.entries()) {
    const path = `${folder}/${i}.parquet`
    const spent = await budget.spend(() => compute(duckdb, group, path))
    if (spent.isOver) unfinished.push(group)
    else finished.push({ name: group.name, features: group.features, seconds: spent.seconds, cpuS: spent.cpuS, file: path })
    say(`DuckDB, ${group.name} (${group.features.length} features): ${spoken(spent, path)}`)
  }
  return { prepareSeconds: prepared.seconds, prepareCpuS: prepared.cpuS, finished, unfinished }
}

const spoken = ({ isOver, seconds }: Spent, path: string): string =>
  isOver ? `not done after ${seconds.toFixed(1)} s, stopped` : `${seconds.toFixed(1)} s, ${(statSync(path).size / 2 ** 20).toFixed(0)} MB`

const compute = async (duckdb: Duckdb, { tables, query }: PeerGroup, path: string): Promise<void> => {
  await makeTables(duckdb, tables)
  await duckdb.run(`copy (${query}) to '${path}' (format parquet)`)
  for (const { name } of tables) await duckdb.run(`drop table ${name}`)
}

const makeTables = async (duckdb: Duckdb, tables: readonly SqlTable[]): Promise<void> => {
  for (const { name, query } of tables) await duckdb.run(`create or replace temp table ${name} as ${query}`)
}

interface Spent {
  readonly seconds: number
  readonly cpuS: number
  /** Whether it was stopped because the budget was over. */
  readonly isOver: boolean
}

interface Budget {
  spend(work: () => Promise<void>): Promise<Spent>
}

const createBudget = (duckdb: Duckdb, seconds: number): Budget => {
  let leftMs = seconds * 1000
  return {
    spend: async (work) => {
      if (leftMs <= 0) return { seconds: 0, cpuS: 0, isOver: true }
      const [began, cpu] = [performance.now(), process.cpuUsage()]
      let isOver = false
      const timer = setInterval(() => {
        isOver = performance.now() - began >= leftMs
        if (isOver) duckdb.interrupt()
      }, 100)
      try {
        await work()
        isOver = false
      } catch (error) {
        if (!isOver) throw error
      } finally {
        clearInterval(timer)
      }
      const ms = performance.now() - began
      leftMs -= ms
      const { user, system } = process.cpuUsage(cpu)
      return { seconds: ms / 1000, cpuS: (user + system) / 1e6, isOver }
    },
  }
}
