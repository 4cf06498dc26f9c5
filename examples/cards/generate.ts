/**
 * Makes card payments with planted frauds, the same for the same seed and size on every machine.
 *
 *   node examples/cards/generate.ts --events 100000 --seed 1 --out data
 *
 * writes `cards.jsonl` (events, in the order in which they reach the bank) and `cards-frauds.jsonl` (`{ paymentId, fraud }` for
 * each planted payment). The frauds are never among the events: only a judge of the job's results reads them.
 */
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { generate } from './world.ts'

const wholeNumber = (name: string, text: string, least: number, most: number): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new Error(`--${name} ${text}: expected a whole number, ${least} to ${most}`)
}

const lines = function* (records: Iterable<object>): Generator<string> {
  for (const record of records) yield `${JSON.stringify(record)}\n`
}

const write = (path: string, records: Iterable<object>): Promise<void> => pipeline(Readable.from(lines(records)), createWriteStream(path))

/** Writes both files into a folder, which is made where it is missing. Sizes are 1,000 to 1,000,000 events. */
export const writeCards = async (options: { readonly events: number; readonly seed: number; readonly out: string }): Promise<number> => {
  mkdirSync(options.out, { recursive: true })
  const frauds: object[] = []
  const records = function* () {
    for (const { record, fraud } of generate(options)) {
      if (fraud !== undefined) frauds.push({ paymentId: record.paymentId, fraud })
      yield record
    }
  }
  await write(join(options.out, 'cards.jsonl'), records())
  await write(join(options.out, 'cards-frauds.jsonl'), frauds)
  return frauds.length
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string', default: '.' },
    },
  })
  const events = wholeNumber('events', values.events, 1_000, 1_000_000)
  const frauds = await writeCards({ events, seed: wholeNumber('seed', values.seed, 0, 2 ** 32 - 1), out: values.out })
  console.log(`${events} events in cards.jsonl, ${frauds} fraudulent payments among them named in cards-frauds.jsonl`)
}
