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

/** The same, quickest where it is near `from`: steps grow until they have passed it (galloping search). */
export const leapTo = (times: Float64Array, from: number, to: number, time: number): number => {
  let low = from
  let high = from
  for (let step = 1; high < to && times[high]! < time; step *= 2) {
    low = high + 1
    high += step
  }
  return firstAtOrAfter(times, low, Math.min(high, to), time)
}
