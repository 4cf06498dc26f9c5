/** A process that runs a batch until it is killed or done: `batcher.ts PROJECT DATA OUT`. */
import { openPlatform } from '../../src/server/compose.ts'
import { performOn } from '../../src/server/operations/registry.ts'

const [project, data, out] = process.argv.slice(2) as [string, string, string]
const platform = await openPlatform({ project, data })
const input = { job: 'card-fraud', out, sliceRoots: 200 }
const summary = await performOn(platform, 'batch', input, { onProgress: ({ done }) => process.stdout.write(`done ${done}\n`) })
process.stdout.write(`${JSON.stringify(summary)}\n`)
await platform.close()
