/** Events of a generated project: ties, late ones, corrections that stay and that move, deletions, repetitions, both stamps. */
import type { Draw } from './draw.ts'
import type { World } from './generate-world.ts'

export interface GeneratedEvents {
  readonly entries: readonly unknown[]
  /** Of the events, in the order of recording. */
  readonly times: readonly number[]
  /** Each event once, by its type and id. */
  readonly named: readonly (readonly [type: string, id: string])[]
}

type Record = { readonly [field: string]: unknown }

/** An event as it was recorded last. */
interface Held {
  readonly type: string
  record: Record
  version: number
}

/** Stamps are ten apart from the world's first on, some shared by two entries; what is recorded was known before, then or is later. */
export const generateEvents = (draw: Draw, world: World): GeneratedEvents => {
  const entries: unknown[] = []
  const held: Held[] = []
  const times: number[] = []
  const count = draw.int(0, draw.of([4, 12, 12, 40, 40, draw.chance(0.2) ? 600 : 20]))
  let stamp = world.stampMs
  for (let i = 0; i < count; i++) {
    const known = held.length > 0 && draw.chance(0.25) ? draw.of(held) : undefined
    const type = known?.type ?? draw.of(Object.keys(world.types))
    const stamps = { recordedAt: stamp, ...(draw.chance(0.5) && { knownAt: stamp + 10 * draw.int(-4, 4) }) }
    if (draw.chance(0.8)) stamp += 10
    if (known !== undefined && draw.chance(0.3)) {
      known.version++
      entries.push({ delete: { [type]: { id: known.record['id'], ...(world.isVersioned && { ver: known.version }) } }, ...stamps })
      continue
    }
    if (known !== undefined) {
      known.version++
      known.record = changed(draw, world, { type, record: known.record, version: known.version })
      times.push(known.record['at'] as number)
      entries.push({ correct: { [type]: known.record }, ...stamps })
      continue
    }
    const record = generateRecord(draw, world, type, `e${held.length}`)
    held.push({ type, record, version: 1 })
    times.push(record['at'] as number)
    entries.push({ [type]: record, ...stamps })
    if (draw.chance(0.05)) entries.push({ [type]: record, ...stamps })
  }
  return { entries, times, named: held.map(({ type, record }) => [type, record['id'] as string]) }
}

const generateTime = (draw: Draw, world: World): number =>
  world.baseMs + world.gridMs * draw.int(0, draw.of([3, 12, 30])) + draw.of([0, 0, 0, 0, 1, -1])

const generateRecord = (draw: Draw, world: World, type: string, id: string): Record => ({
  id,
  user: draw.of(['u', 'u', 'u', 'w']),
  at: generateTime(draw, world),
  ...(draw.chance(0.5) && { n: draw.int(-1, 2) }),
  ...(world.isVersioned && { ver: 1 }),
  ...Object.fromEntries(
    Object.keys(world.shared)
      .filter(() => draw.chance(0.8))
      .map((field) => [field, generateValue(draw, world, type, field)]),
  ),
})

/** A correction: other values, and every second time another place. */
const changed = (draw: Draw, world: World, { type, record: old, version }: Held): Record => {
  const fresh = generateRecord(draw, world, type, old['id'] as string)
  const place = draw.chance(0.5) ? {} : { user: old['user'], at: old['at'], n: old['n'] ?? null }
  return { ...fresh, ...place, ...(world.isVersioned && { ver: version }) }
}

const doubles = [0, 0.1, 0.2, 0.3, 1, -1, 1e16, -1e16, 1e-300, 5e-324, 9007199254740994, 0.30000000000000004, -2.5]
const texts = ['', 'a', 'b', 'B', '10', '9', '\u{1F600}', '\uFFFD', 'null', '__proto__']

const generateValue = (draw: Draw, world: World, type: string, field: string): unknown => {
  switch (field) {
    case 'i':
      return draw.chance(0.9) ? draw.int(-3, 3) : draw.of([9007199254740991, -9007199254740991])
    case 'l':
      return draw.of(['0', '1', '-1', '9007199254740993', '9223372036854775807', '-9223372036854775808'])
    case 'd':
      return draw.chance(0.9) ? draw.int(-20, 20) : draw.of(['9007199254', '-9223372036', '1'])
    case 'x':
      return draw.chance(0.995) ? draw.of(doubles) : draw.of([1.7976931348623157e308, -1.7976931348623157e308, 1e308])
    case 's':
      return draw.of(texts)
    case 'b':
      return draw.chance(0.5)
    case 't':
      return generateTime(draw, world)
    case 'k':
      return draw.of(['red', 'green', 'blue'])
    case 'm':
      return draw.of(['p', 'p', 'q'])
    case 'v':
      return draw.of(['u', 'w', 'z'])
    case 'g':
      return draw.list(0, 2, () => draw.int(0, 2))
    case 'o':
      return { n: draw.int(0, 2), ...(draw.chance(0.5) && { c: draw.of(texts) }) }
    default:
      throw new Error(`Assertion failed (a bug in Millrace): no values for ${type}.${field}`)
  }
}
