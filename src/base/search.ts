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
