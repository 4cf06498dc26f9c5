/** Arrays used again by every block, grown when one needs more. */
interface Sized {
  readonly length: number
}

export interface Scratch<T extends Sized> {
  /** An array of at least so many places, with whatever was in it. What it gave before must not be used any more. */
  atLeast(length: number): T
}

const scratch = <T extends Sized>(make: (length: number) => T): Scratch<T> => {
  let held = make(0)
  return {
    atLeast(length) {
      if (held.length < length) held = make(Math.max(length, Math.ceil(held.length * 1.5)))
      return held
    },
  }
}

export const doubles = (): Scratch<Float64Array> => scratch((length) => new Float64Array(length))
export const ints = (): Scratch<Int32Array> => scratch((length) => new Int32Array(length))
export const bytes = (): Scratch<Uint8Array> => scratch((length) => new Uint8Array(length))
export const longs = (): Scratch<BigInt64Array> => scratch((length) => new BigInt64Array(length))

/** A list of whole numbers that grows. */
export interface IntList {
  readonly length: number
  /** Valid up to `length`, until the next `push`. */
  readonly values: Int32Array
  push(value: number): void
  clear(): void
}

export const createIntList = (): IntList => {
  let values = new Int32Array(64)
  let length = 0
  return {
    get length() {
      return length
    },
    get values() {
      return values
    },
    push(value) {
      if (length === values.length) {
        const wider = new Int32Array(2 * length)
        wider.set(values)
        values = wider
      }
      values[length++] = value
    },
    clear() {
      length = 0
    },
  }
}
