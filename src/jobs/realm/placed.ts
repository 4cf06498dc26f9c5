/**
 * Frozen objects that stand at places: made once, each shows what stands at its place now. Runs inside the realm, compiled anew for
 * every list (see `Anew`): `createPlaced` must name nothing from outside but the language's own.
 */

/** Of what stands at a place. */
export type Read = (place: number) => unknown

/** A member that is read when main asks, or by place what it is for good. */
export type Member = Read | readonly unknown[]

/**
 * One object for each place. The accessors of all places are the same functions and find the place in a private field of the object
 * they are called on: so all places have one shape, and the engine compiles what main does with any of them once. They work on these
 * objects alone, and on what inherits from one as it may from a plain object: on an object of another list they would show what stood
 * at that place for an earlier root, or what lies in another table. `made` is called with each before it is frozen.
 */
export const createPlaced = (
  count: number,
  members: { readonly [name: string]: Member },
  made: (view: object) => void,
): readonly object[] => {
  /** A constructor that gives back what it is given, so that the class below puts its field into a plain object. */
  const Given = class {
    constructor(given: object) {
      // biome-ignore lint/correctness/noConstructorReturn: this is the point of it
      return given
    }
  }
  /** A class of this list alone: that an object has its field is the proof that it is of this list. */
  class Placed extends Given {
    readonly #place: number
    constructor(view: object, place: number) {
      super(view)
      this.#place = place
    }
    static accessor(name: string, read: Read): PropertyDescriptor {
      return {
        get(this: object) {
          return read(#place in this ? this.#place : Placed.#inherited(this))
        },
        // In the words of the engine for a frozen object's member, which it is where main runs on call.
        set() {
          throw new TypeError(`Cannot assign to read only property '${name}' of object '#<Object>'`)
        },
        enumerable: true,
      }
    }
    /** The place of the object that one inherits from. */
    static #inherited(of: object): number {
      const prototype: unknown = Object.getPrototypeOf(of)
      if (typeof prototype !== 'object' || prototype === null)
        throw new TypeError('an accessor was called on an object that is not its own')
      return #place in prototype ? prototype.#place : Placed.#inherited(prototype)
    }
  }
  const accessors = Object.entries(members).map(([name, member]): readonly [string, (place: number) => PropertyDescriptor] => {
    if (typeof member !== 'function') return [name, (place) => ({ value: member[place], enumerable: true })]
    const accessor = Placed.accessor(name, member)
    return [name, () => accessor]
  })
  const views: object[] = []
  for (let place = 0; place < count; place++) {
    const view = {}
    new Placed(view, place)
    made(view)
    for (const [name, descriptor] of accessors) Object.defineProperty(view, name, descriptor(place))
    views.push(Object.freeze(view))
  }
  return views
}

/** An expression that gives `createPlaced` anew. Taken here, before any definition is evaluated: none has a say in what is compiled. */
export const placedText = `(${createPlaced})`

/**
 * Gives `createPlaced`, compiled for one list. The engine notes what it sees in a function by its text, not by what it is called for:
 * functions of many lists that share theirs see many shapes of objects and are slow for each.
 */
export type Anew = () => typeof createPlaced
