/** The first of some values, rising from `low` to before `high`, that is at least `value`; `high` where none is. */
export const firstAtOrAfter = (values: Float64Array, low: number, high: number, value: number): number => {
  let [from, to] = [low, high]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (values[middle]! < value) from = middle + 1
    else to = middle
  }
  return from
}

/** The same, quickest where it is near `low`: steps grow until they have passed it (galloping search). */
export const leapTo = (values: Float64Array, low: number, high: number, value: number): number => {
  let from = low
  let to = low
  for (let step = 1; to < high && values[to]! < value; step *= 2) {
    from = to + 1
    to += step
  }
  return firstAtOrAfter(values, from, Math.min(to, high), value)
}
