import type { Draw } from './draw.ts'

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

export const createWorld = (draw: Draw): World => {
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
