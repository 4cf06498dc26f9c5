/** Files into the event center, durable, against DuckDB loading the same file into a table. */
import { statSync } from 'node:fs'
import type { ImportReport } from '../../src/ingest/import.ts'
import { type Bench, type BenchContext, type Case, rateCase } from '../harness/bench.ts'
import { freshFolder } from '../harness/cache.ts'
import { openDuckdb } from '../harness/duckdb.ts'
import { median, timed } from '../harness/measure.ts'
import { onPlatform } from './child.ts'
import { folderBytes } from './folder-bytes.ts'
import { paymentFiles, paymentsProject, paymentUsers } from './payments-files.ts'

export const importing: Bench = {
  name: 'import',
  about: 'Parquet and JSON Lines into the event center, durable events/s and bytes an event, against DuckDB’s own load',
  bar: '≥ 300 k rows/s durable',
  run: async (context) => {
    const rows = context.size(3_000_000)
    const files = await paymentFiles(rows)
    return {
      top: await measured(context, rows, files.parquet, 'read_parquet'),
      cases: { jsonl: await measured(context, rows, files.jsonl, 'read_json') },
    }
  },
}

const measured = async ({ quick, say }: BenchContext, rows: number, file: string, reader: string): Promise<Case> => {
  const ours: number[] = []
  const peers: number[] = []
  let bytes = { ours: 0, peer: 0 }
  let stored = 0
  let rssMb = 0
  let peerRows = 0
  for (let run = 0; run < (quick ? 1 : 3); run++) {
    const data = freshFolder('import')
    const imported = await onPlatform({ project: paymentsProject, data, operations: [{ name: 'import', input: { file } }] })
    const report = imported.done[0]!.output as ImportReport
    ours.push(imported.done[0]!.ms / 1000)
    stored = report.stored
    rssMb = Math.max(rssMb, imported.rssMb)
    const loaded = await load(file, reader)
    peers.push(loaded.seconds)
    bytes = { ours: folderBytes(data), peer: loaded.bytes }
    peerRows = loaded.rows
    say(`${reader}: ours ${ours.at(-1)!.toFixed(2)} s, DuckDB ${loaded.seconds.toFixed(2)} s`)
  }
  return rateCase(rows / median(ours), rows / median(peers), {
    unit: 'events/s',
    equal: stored === rows && peerRows === rows,
    bytesPerEvent: bytes.ours / rows,
    peerBytesPerEvent: bytes.peer / rows,
    rssMb,
    params: {
      events: rows,
      keys: paymentUsers,
      types: 'string key, time, nullable int',
      file: reader,
      peer: 'DuckDB create table as, and checkpoint',
    },
  })
}

/** DuckDB's load with a checkpoint, so that it too is on disk. */
const load = async (file: string, reader: string): Promise<{ seconds: number; bytes: number; rows: number }> => {
  const path = `${freshFolder('import-peer')}/payments.duckdb`
  const duckdb = await openDuckdb(2, path)
  try {
    const { seconds } = await timed(async () => {
      await duckdb.run(`create table payments as from ${reader}('${file}')`)
      await duckdb.run('checkpoint')
    })
    return { seconds, bytes: statSync(path).size, rows: await duckdb.number('select count(*) from payments') }
  } finally {
    duckdb.close()
  }
}
