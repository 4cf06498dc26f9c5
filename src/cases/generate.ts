/**
 * Random small projects with events and roots, from a seed: for the comparison of engines with brute force. What is made is a case
 * as a file would hold it, so that one that fails can be made smaller (shrink.ts), written down and kept.
 */
import { createPrng } from '../base/prng.ts'
import { createDraw, type Draw } from './draw.ts'
import { generateFetches } from './generate-definitions.ts'
import { type GeneratedEvents, generateEvents } from './generate-events.ts'
import { createWorld, type World } from './generate-world.ts'

/** A case as YAML or JSON would hold it. */
export type CaseFile = {
  readonly name: string
  readonly project: { readonly [room: string]: unknown }
  readonly events: readonly unknown[]
  readonly roots: readonly unknown[]
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
