/** Answers with cut-offs of some roots, by plain loops over every version of their keys' events, read by DuckDB. */
import type { Duckdb } from '../harness/duckdb.ts'
import type { PitFiles } from './data.ts'
import { intervals } from './definition.ts'

interface Version {
  readonly row: number
  readonly version: number
  readonly time: number
  readonly amount: number | null
  readonly recorded: number
}

const hours = (interval: string): number => Number.parseInt(interval, 10) * 3_600_000

/** How many of `sample` roots (evenly spread) differ in any value. `answers`: the files of a run with cut-offs. */
export const differingSample = async (duckdb: Duckdb, files: PitFiles, answers: string, sample: number): Promise<number> => {
  const total = await duckdb.number(`select count(*) from '${files.roots}'`)
  const step = Math.max(1, Math.floor(total / sample))
  const roots = await duckdb.rows(
    `select r."user", epoch_ms(r."at")::double as ms, a.* from '${files.roots}' r join '${answers}' a using (id) where id % ${step} = 0`,
  )
  const byUser = await versionsOf(duckdb, files, step)
  return roots.filter((root) => !isRight(root, byUser.get(String(root['user'])) ?? [])).length
}

const versionsOf = async (duckdb: Duckdb, files: PitFiles, step: number): Promise<Map<string, Version[]>> => {
  const byUser = new Map<string, Version[]>()
  const users = `"user" in (select distinct "user" from '${files.roots}' where id % ${step} = 0)`
  const columns = (version: string) => `"user", row::double, ${version}, epoch_ms("at")::double, amount, epoch_ms(recorded)::double`
  const query = `select ${columns('1')} from '${files.recorded}' where ${users} union all select ${columns('version')} from '${files.amended}' where ${users}`
  await duckdb.columns(query, ([user, row, version, time, amount, recorded]) => {
    for (let i = 0; i < user!.length; i++) {
      const of = byUser.get(user![i] as string) ?? []
      byUser.set(user![i] as string, of)
      of.push({
        row: row![i] as number,
        version: version![i] as number,
        time: time![i] as number,
        amount: amount![i] as number | null,
        recorded: recorded![i] as number,
      })
    }
  })
  return byUser
}

const isRight = (root: Readonly<Record<string, unknown>>, versions: readonly Version[]): boolean => {
  const time = root['ms'] as number
  const holding = new Map<number, Version>()
  for (const one of versions) {
    const held = holding.get(one.row)
    if (one.time < time && one.recorded <= time && (held === undefined || held.version < one.version)) holding.set(one.row, one)
  }
  return Object.entries(intervals).every(([name, interval]) => {
    let [count, sum] = [0, 0]
    let max: number | null = null
    for (const { time: at, amount } of holding.values()) {
      if (amount === null || at < time - hours(interval)) continue
      count++
      sum += amount
      if (max === null || amount > max) max = amount
    }
    const found = (feature: string): number | null => (root[`${feature}_${name}`] === null ? null : Number(root[`${feature}_${name}`]))
    return found('count') === count && found('sum') === (count === 0 ? null : sum) && found('max') === max
  })
}
