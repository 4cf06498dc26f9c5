/** A process held to a limit of memory, and data several times as large: imported, and asked at random. */
import { fileURLToPath } from 'node:url'
import { createPrng } from '../../src/base/prng.ts'
import { type Bench, timeCase } from '../harness/bench.ts'
import { cached, freshFolder } from '../harness/cache.ts'
import { openDuckdb } from '../harness/duckdb.ts'
import { onPlatform } from './child.ts'
import { folderBytes } from './folder-bytes.ts'

const mb = 1 << 20
const limitBytes = 512 * mb
const users = 50_000
const rowsOfFile = 400_000
const files = 9
const firstMs = Date.UTC(2025, 0, 1)
const spanMs = 60 * 86_400_000
const project = fileURLToPath(new URL('./visits/project.ts', import.meta.url))
const asked = 500

export const memory: Bench = {
  name: 'memory',
  about: 'data grown to five times a limit of memory: imports, then questions at random, resident memory at its highest',
  bar: 'resident memory below the limit',
  run: async ({ size, say }) => {
    const count = Math.max(1, Math.round(size(files)))
    const folder = await cached(`visits-${count}x${rowsOfFile}-640`, (into) => write(into, count, say))
    const random = createPrng(11)
    const questions = Array.from({ length: asked }, () => ({
      user: userAt(Math.floor(random() * users)),
      at: firstMs + Math.floor(random() * spanMs),
    }))
    const data = freshFolder('memory')
    say('importing and asking')
    const { done, rssMb } = await onPlatform({
      project,
      data,
      memoryBytes: limitBytes,
      operations: [
        ...Array.from({ length: count }, (_, i) => ({ name: 'import' as const, input: { file: `${folder}/${i}.parquet` } })),
        ...questions.map(({ user, at }) => ({ name: 'query' as const, input: { windows: 'spend', key: { user }, at } })),
      ],
    })
    const answers = done.slice(count)
    const dataMb = folderBytes(data) / mb
    const importS = done.slice(0, count).reduce((sum, { ms }) => sum + ms / 1000, 0)
    const events = count * rowsOfFile
    return {
      top: timeCase(rssMb, null, {
        unit: 'MB resident',
        limitMb: limitBytes / mb,
        dataMb,
        timesLimit: (dataMb * mb) / limitBytes,
        isBelow: rssMb * mb < limitBytes,
        importPerS: events / importS,
        queryMs: answers.reduce((sum, { ms }) => sum + ms, 0) / answers.length,
        equal: await isRight(
          folder,
          questions,
          answers.map(({ output }) => output as Answer),
        ),
        params: {
          events,
          keys: users,
          types: 'string id, key, time, int, text of 640',
          questions: asked,
          bytesPerEvent: Math.round((dataMb * mb) / events),
        },
      }),
    }
  },
}

const userAt = (number: number): string => `user-${String(number).padStart(6, '0')}`

const write = async (folder: string, count: number, say: (line: string) => void): Promise<void> => {
  const duckdb = await openDuckdb(2)
  try {
    for (let i = 0; i < count; i++) {
      say(`writing file ${i + 1} of ${count} (once)`)
      // Numbers that are drawn from a row's own, so that the same files come again.
      const hash = (salt: string): string => `hash(n * 31 + ${i * rowsOfFile}, '${salt}')`
      const note = Array.from({ length: 20 }, (_, part) => `md5(${hash(`note${part}`)}::varchar)`).join(' || ')
      const at = `make_timestamp((${firstMs} + (${hash('at')} % ${spanMs})::bigint) * 1000)`
      await duckdb.run(
        `copy (select md5(${hash('code')}::varchar) as code, 'user-' || lpad((${hash('user')} % ${users})::varchar, 6, '0') as "user", ${at} as "at",
         (${hash('amount')} % 1000)::integer as amount, ${note} as note from range(${rowsOfFile}) t(n)) to '${folder}/${i}.parquet' (format parquet, row_group_size 20480)`,
      )
    }
  } finally {
    duckdb.close()
  }
}

type Answer = { readonly [feature: string]: { readonly [window: string]: number | null } }

/** Of the first questions, against DuckDB's counts and sums over the files. */
const isRight = async (
  folder: string,
  questions: readonly { readonly user: string; readonly at: number }[],
  answers: readonly Answer[],
): Promise<boolean> => {
  const duckdb = await openDuckdb(2)
  try {
    const chosen = questions.slice(0, 100)
    const values = chosen.map(({ user, at }, i) => `(${i}, '${user}', ${at}::bigint)`).join(', ')
    const windows = [1, 7, 30].map((days) => {
      const inside = `filter (where epoch_ms(v."at") >= q.t - ${days * 86_400_000})`
      return `count(v.code) ${inside}, sum(v.amount) ${inside}::double`
    })
    const rows = await duckdb.rows(
      `select q.i, [${windows.join(', ')}]::double[] as found from (values ${values}) q(i, u, t)
       left join '${folder}/*.parquet' v on v."user" = q.u and epoch_ms(v."at") < q.t group by 1`,
    )
    return rows.every(({ i, found }) => {
      const answer = answers[Number(i)]!
      return ['1d', '7d', '30d'].every((window, at) => {
        const [visits, spent] = (found as readonly (number | null)[]).slice(at * 2)
        return answer['visits']![window] === visits && answer['spent']![window] === spent
      })
    })
  } finally {
    duckdb.close()
  }
}
