/** What names an import: the same file under the same rules is the same import, however often and from wherever it is read. */
import { createHash } from 'node:crypto'
import type { MapperInput } from './map/mapper.ts'
import { createMapper } from './map/mapper.ts'
import { newEventAt } from './map/rows.ts'
import type { RowReader } from './readers/batch.ts'

const probedRows = 1000

/**
 * SHA-256, in 32 hexadecimal digits, of: the file's content (its hash), how it is read, the mapping (with the text of its
 * functions), the declarations of its events, when events were known, the prefix of ids; and of the events that the first
 * 1,000 rows give, since a function's text does not tell the constants that it uses.
 */
export const importId = async (contentHash: string, reader: RowReader, input: MapperInput): Promise<string> => {
  const { mapping, events, source = mapping.name, knownAt } = input
  const used = [...new Set(mapping.plan.events.map(({ event }) => event))]
  const rules = {
    contentHash,
    format: reader.format,
    columns: reader.columns,
    mapping: mapping.plan,
    events: used.map((name) => events[name]),
    source,
    knownAt,
  }
  const hash = createHash('sha256')
    .update(textOf(rules))
    .update(await probe(reader, input))
  return hash.digest('hex').slice(0, 32)
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'function' || typeof part === 'bigint' ? String(part) : part))

const probe = async (reader: RowReader, input: MapperInput): Promise<string> => {
  const mapper = createMapper(input)
  for await (const batch of reader.batches({ columns: mapper.columns, times: mapper.times, most: probedRows })) {
    const { tables, refused } = mapper.map(batch, Number.POSITIVE_INFINITY)
    const events = tables.map((table) => Array.from({ length: table.rows }, (_, row) => newEventAt(table, input.events[table.type]!, row)))
    return textOf([events, refused.map(({ position, refusal }) => [position, refusal.code])])
  }
  return ''
}
