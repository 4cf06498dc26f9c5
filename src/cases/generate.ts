/**
 * Random small projects with events and roots, from a seed: for the comparison of engines with brute force. What is made is a case
 * as a file would hold it, so that one that fails can be made smaller (shrink.ts), written down and kept.
 */
import { createPrng } from '../base/prng.ts'
import { createDraw, type Draw } from './draw.ts'
import { generateFetches } from './generate-definitions.ts'
import { type GeneratedEvents, generateEvents } from './generate-events.ts'

/** A case as YAML or JSON would hold it. */
export type CaseFile = {
  readonly name: string
  readonly project: { readonly [room: string]: unknown }
  readonly events: readonly unknown[]
  readonly roots: readonly unknown[]
}

/** The columns that every generated event type has some of. */
export interface World {
  /** Events in declaration's order: type → field → short form. */
  readonly types: { readonly [type: string]: { readonly [field: string]: string } }
  /** Fields that all types have, with their short form. */
  readonly shared: { readonly [field: string]: string }
  /** Whether types declare a version field. */
  readonly isVersioned: boolean
  /** Milliseconds between two times that matter; windows are multiples of it. */
  readonly gridMs: number
  /** Around which events happen. */
  readonly baseMs: number
  readonly zone: string
  /** The first stamp; later than every event, since none may lie ahead of its own. */
  readonly stampMs: number
}

/** The same case for the same seed, on every machine. */
export const generateCase = (seed: number): CaseFile => {
  const draw = createDraw(createPrng(seed))
  const world = createWorld(draw)
  const events = generateEvents(draw, world)
  return {
    name: `seed ${seed}`,
    project: { events: eventPlans(world), ...generateFetches(draw, world) },
    events: events.entries,
    roots: generateRoots(draw, world, events),
  }
}

/** Grid and base together decide what is hit: edges to the millisecond, hours, days at the changes of clocks, times before 1970. */
const scales = [
  { gridMs: 1, bases: [0, -5, 1_700_000_000_000] },
  { gridMs: 1_000, bases: [0, -3_000, 1_000_000_000_000] },
  { gridMs: 3_600_000, bases: [1_711_850_400_000, 1_729_987_200_000, 1_541_300_400_000, 1_289_088_000_000, -7_200_000] },
  { gridMs: 86_400_000, bases: [1_709_100_000_000, 1_325_203_200_000, 1_703_900_000_000, -86_400_000 * 3] },
] as const
const zones = ['UTC', 'Europe/London', 'America/Sao_Paulo', 'America/St_Johns', 'Asia/Kolkata', 'Pacific/Apia', 'America/Havana']

const columnForms = (draw: Draw): { readonly [field: string]: string } => ({
  i: 'optional int',
  l: 'optional int64',
  d: `optional decimal ${draw.of([0, 2, 2, 9])}`,
  x: 'optional double',
  s: 'optional string',
  b: 'optional boolean',
  t: 'optional time',
  k: 'optional enum red|green|blue',
  m: 'optional entity merchant',
  v: 'optional entity user',
  g: 'optional list int',
  o: 'optional object { c: optional string, n: int }',
})

const createWorld = (draw: Draw): World => {
  const forms = columnForms(draw)
  const shared = Object.fromEntries(Object.entries(forms).filter(() => draw.chance(0.75)))
  const isVersioned = draw.chance(0.2)
  const own = { id: 'string', user: 'entity user', at: 'time', n: 'optional int', ...(isVersioned && { ver: 'int' }) }
  const types = draw.of([['a'], ['a', 'b'], ['b', 'a', 'B']])
  const scale = draw.of(scales)
  const baseMs = draw.of(scale.bases)
  return {
    types: Object.fromEntries(types.map((type) => [type, { ...own, ...shared }])),
    shared,
    isVersioned,
    gridMs: scale.gridMs,
    baseMs,
    zone: draw.of(zones),
    stampMs: baseMs + 40 * scale.gridMs,
  }
}

const eventPlans = ({ types, isVersioned }: World) =>
  Object.fromEntries(
    Object.entries(types).map(([type, data]) => [
      type,
      { subject: 'user', time: 'at', id: 'id', seq: 'n', ...(isVersioned && { version: 'ver' }), data },
    ]),
  )

const generateRoots = (draw: Draw, world: World, { times, named }: GeneratedEvents): readonly unknown[] =>
  draw.list(1, draw.of([3, 6, 14]), () => ({
    root: draw.chance(0.6) ? eventRoot(draw, world, named) : requestRoot(draw, world, times),
    ...(draw.chance(0.6) && { read: generateRead(draw, world, times.length) }),
    ...(draw.chance(0.15) && { asOf: 'arrival' }),
    expect: {},
  }))

/** Now and then one that is not there. */
const eventRoot = (draw: Draw, world: World, named: GeneratedEvents['named']) => {
  const [type, id] = named.length > 0 && draw.chance(0.95) ? draw.of(named) : [Object.keys(world.types)[0]!, 'nobody']
  return { [type]: id }
}

const requestRoot = (draw: Draw, world: World, times: readonly number[]) => ({
  at: (times.length > 0 && draw.chance(0.8) ? draw.of(times) : world.baseMs) + world.gridMs * draw.int(0, 3) + draw.of([0, 0, 1, -1]),
  user: draw.of(['u', 'w']),
  ...(world.shared['m'] !== undefined && draw.chance(0.7) && { m: draw.of(['p', 'q']) }),
  ...(world.shared['i'] !== undefined && draw.chance(0.5) && { i: draw.of([0, 1]) }),
  ...(world.shared['b'] !== undefined && draw.chance(0.5) && { b: draw.chance(0.5) }),
})

/** Cut-offs at, just below and just above the stamps that `generateEvents` gives. */
const generateRead = (draw: Draw, { stampMs }: World, events: number) => ({
  [draw.of(['recorded', 'known'])]: stampMs + draw.int(0, events + 1) * 10 + draw.of([0, 0, -1, 1]),
})
