/** Windows, states, behaviours and links of a generated project: every aggregate, window kind and option comes up. */
import { type AggregateName, aggregateNames } from '../model/plan.ts'
import type { Draw } from './draw.ts'
import type { World } from './generate-world.ts'

type Part = { readonly [name: string]: unknown }

export const generateFetches = (draw: Draw, world: World): Part => {
  const { shared } = world
  const windows = Object.fromEntries(draw.list(1, 2, (i) => [`w${i}`, generateWindows(draw, world)]))
  const type = () => draw.of(Object.keys(world.types))
  return {
    windows,
    ...(draw.chance(0.4) && { states: { st: { of: filtered(draw, world, type()), by: 'user', last: draw.of([1, 1, 2]) } } }),
    ...(draw.chance(0.4) && { behaviours: { be: { of: draw.some(Object.keys(world.types), 0.6), by: 'user', ...bounds(draw, world) } } }),
    ...(draw.chance(0.4) && shared['m'] !== undefined && { links: { li: { of: type(), from: 'user', to: 'm', ...bounds(draw, world) } } }),
  }
}

const bounds = (draw: Draw, world: World): Part => ({
  last: draw.int(1, 4),
  ...(draw.chance(0.5) && { within: `${world.gridMs * draw.int(1, 8)}ms` }),
})

const filtered = (draw: Draw, world: World, event: string): unknown =>
  draw.chance(0.3) && Object.keys(world.shared).some((name) => askable.includes(name))
    ? { event, where: generateCondition(draw, world) }
    : event

const generateWindows = (draw: Draw, world: World): Part => {
  const { shared } = world
  const keys = ['user', ...['m', 'i', 'b', 'k', 'l', 's', 't'].filter((name) => shared[name] !== undefined)]
  const by = draw.chance(0.6) ? ['user'] : draw.some(keys, 0.25)
  const features = draw.list(1, 5, (i) => [`f${i}`, generateFeature(draw, world)] as const)
  return {
    of: generateMembers(draw, world),
    by,
    over: generateOver(draw, world),
    zone: world.zone,
    includeRoot: draw.chance(0.3),
    ...(draw.chance(0.3) && { weekStart: draw.int(1, 7) }),
    ...(draw.chance(0.2) && { merge: generateMerge(draw, world) }),
    features: Object.fromEntries(features),
  }
}

/** One type, several, or one by two of its columns. */
const generateMembers = (draw: Draw, world: World): unknown => {
  const types = draw.some(Object.keys(world.types), 0.5)
  const columns = Object.keys(world.shared)
  const named = (event: string, user: string) => ({
    event,
    columns: { ...Object.fromEntries(columns.map((name) => [name, name])), id: 'id', at: 'at', user },
  })
  if (world.shared['v'] !== undefined && draw.chance(0.2)) return [named(types[0]!, 'user'), named(types[0]!, 'v')]
  return types.map((type) => filtered(draw, world, type))
}

const generateOver = (draw: Draw, world: World): readonly string[] => {
  const length = () => `${world.gridMs * draw.int(1, 20) + draw.of([0, 0, 0, 1])}ms`
  const from = draw.int(2, 20)
  const all = [
    length(),
    length(),
    `${world.gridMs * from}ms to ${world.gridMs * draw.int(1, from - 1)}ms`,
    `last ${draw.int(1, 5)}`,
    `last ${draw.int(1, 5)} in ${length()}`,
    `${draw.of(['day', 'week', 'month', 'quarter', 'year'])} to date`,
    'lifetime',
  ]
  return [...new Set(draw.some(all, 0.4))]
}

const generateMerge = (draw: Draw, world: World): unknown => {
  const unit = draw.of(['second', 'minute', 'hour', 'day', 'week', 'month'])
  return draw.chance(0.5) ? unit : { unit, olderThan: `${world.gridMs * draw.int(1, 10)}ms` }
}

const askable = ['i', 'd', 'x', 's', 'b', 'k', 'm']

const generateCondition = (draw: Draw, world: World): Part => {
  const columns = askable.filter((name) => world.shared[name] !== undefined)
  const column = draw.of(columns)
  if (draw.chance(0.1)) return { op: 'isNull', column }
  if (draw.chance(0.2)) return { op: 'not-of', of: generateCondition(draw, world) }
  if (draw.chance(0.2)) return { op: draw.of(['and', 'or']), of: [generateCondition(draw, world), generateCondition(draw, world)] }
  if (['i', 'd', 'x'].includes(column)) return numberCondition(draw, column, columns)
  const value = { s: draw.of(['a', '', '10']), b: draw.chance(0.5), k: draw.of(['red', 'blue']), m: 'p' }[column]
  if (column === 's' && draw.chance(0.3)) return { op: 'startsWith', column, value }
  if (column !== 'b' && draw.chance(0.3)) return { op: 'in', column, values: column === 'k' ? ['red', 'green'] : ['a', 'p'] }
  return { op: draw.of(['is', 'not']), column, value }
}

const numberCondition = (draw: Draw, column: string, columns: readonly string[]): Part => {
  const op = draw.of(['is', 'not', 'below', 'atMost', 'above', 'atLeast'])
  const others = columns.filter((name) => name !== column && ['i', 'd', 'x'].includes(name))
  if (others.length > 0 && draw.chance(0.3)) return { op, column, other: draw.of(others) }
  if (draw.chance(0.2)) return { op: 'in', column, values: [0, 1, -2] }
  return { op, column, value: draw.of([0, 1, -2, ...(column === 'x' ? [0.1, 1e16] : [])]) }
}

const numbers = ['i', 'l', 'd', 'x']
const scalars = [...numbers, 's', 'b', 't', 'k', 'm', 'v']
const anything = [...scalars, 'g', 'o', 'o.c', 'id']

/** Which columns an aggregate takes; `undefined` among them is none. */
const columnsFor = (aggregate: AggregateName): readonly (string | undefined)[] => {
  switch (aggregate) {
    case 'rate':
      return [undefined]
    case 'timeSince':
      return [undefined, 't']
    case 'count':
      return [undefined, ...anything]
    case 'collect':
    case 'first':
    case 'last':
    case 'firstK':
    case 'lastK':
      return anything
    case 'distinct':
    case 'distinctCount':
    case 'mostFrequent':
      return scalars
    case 'min':
    case 'max':
    case 'topK':
      return [...numbers, 't']
    default:
      return numbers
  }
}

const generateFeature = (draw: Draw, world: World): Part => {
  const has = (column: string | undefined) => column === undefined || column === 'id' || world.shared[column.split('.')[0]!] !== undefined
  const usable = aggregateNames.filter((name) => columnsFor(name).some(has))
  const aggregate = draw.of(usable)
  const column = draw.of(columnsFor(aggregate).filter(has))
  const groups = ['user', 's', 'i', 'b', 'k', 'm', 'l', 't', 'd'].filter((name) => name === 'user' || world.shared[name] !== undefined)
  const isNumber = ['sum', 'mean', 'variance', 'variancePop', 'deviation', 'deviationPop'].includes(aggregate)
  return {
    aggregate,
    ...(column !== undefined && { column }),
    ...optionsFor(draw, world, aggregate),
    ...(draw.chance(0.25) && askable.some((name) => world.shared[name] !== undefined) && { where: generateCondition(draw, world) }),
    ...(draw.chance(0.2) && { groupBy: draw.of(groups) }),
    ...(draw.chance(0.2) && { over: generateOver(draw, world) }),
    ...(isNumber && draw.chance(0.2) && { default: draw.of([0, -1.5]) }),
  }
}

const optionsFor = (draw: Draw, world: World, aggregate: AggregateName): Part => {
  switch (aggregate) {
    case 'collect':
    case 'distinct':
      return draw.chance(0.5) ? { options: { limit: draw.int(1, 3) } } : {}
    case 'firstK':
    case 'lastK':
    case 'topK':
    case 'mostFrequent':
      return { options: { k: draw.int(1, 4) } }
    case 'percentile':
      return { options: { percent: draw.of([0.1, 25, 50, 66.7, 99.9, 100]) } }
    case 'histogram':
      return { options: { bounds: draw.of([[0], [-1, 0, 2], [0.5, 1e16], [-0.1, 0.1]]) } }
    case 'rate':
      return { options: { per: draw.of(['1ms', '1s', '1d']) } }
    case 'decayedSum':
      return { options: { halfLife: draw.of([`${world.gridMs}ms`, `${world.gridMs * 3}ms`, '1ms', '1h']) } }
    default:
      return {}
  }
}
