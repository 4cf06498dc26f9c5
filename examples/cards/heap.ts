/** What is due next: a binary heap by time, equal times in the order of their pushing. */
export interface Heap<T> {
  push(time: number, item: T): void
  /** Time of the earliest; Infinity when there is none. */
  nextTime(): number
  /** Takes the earliest out; undefined when there is none. */
  pop(): T | undefined
}

interface Entry<T> {
  readonly time: number
  readonly order: number
  readonly item: T
}

export const createHeap = <T>(): Heap<T> => {
  const entries: Entry<T>[] = []
  let pushed = 0
  const before = (i: number, j: number): boolean => {
    const [a, b] = [entries[i]!, entries[j]!]
    return a.time < b.time || (a.time === b.time && a.order < b.order)
  }
  const swap = (i: number, j: number): void => {
    const held = entries[i]!
    entries[i] = entries[j]!
    entries[j] = held
  }
  const rise = (i: number): void => {
    for (let parent = (i - 1) >> 1; i > 0 && before(i, parent); parent = (i - 1) >> 1) {
      swap(i, parent)
      i = parent
    }
  }
  const sink = (i: number): void => {
    for (;;) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2]) if (child < entries.length && before(child, least)) least = child
      if (least === i) return
      swap(i, least)
      i = least
    }
  }
  return {
    push: (time, item) => {
      entries.push({ time, order: pushed++, item })
      rise(entries.length - 1)
    },
    nextTime: () => entries[0]?.time ?? Number.POSITIVE_INFINITY,
    pop: () => {
      const first = entries[0]
      const last = entries.pop()
      if (entries.length > 0) {
        entries[0] = last!
        sink(0)
      }
      return first?.item
    },
  }
}
