/**
 * Runs first inside the realm: takes away what would make main impure and puts Millrace's own arithmetic in place of the
 * runtime's. It keeps honest code honest; it is no wall against code that means harm.
 */
import { exp, log, log2, log10, pow } from '../../base/math.ts'
import { showPlainMembers } from './descriptors.ts'
import { allowedGlobals, allowedMath, refusedGlobals, refusedMembers } from './globals.ts'
import { hastenLists } from './lists.ts'

/** Needed by this package's own code inside the realm; the check keeps them from the project's. */
const kept = new Set(['globalThis', 'Proxy', 'Reflect', 'Promise', 'Function'])

const refuse = (name: string, why: string) => (): never => {
  throw new TypeError(`'${name}' ${why} (MAIN_IMPURE)`)
}

const hide = (owner: object, name: string, shown: string, why: string): void => {
  Object.defineProperty(owner, name, { get: refuse(shown, why), enumerable: false, configurable: false })
}

for (const [name, { why }] of Object.entries(refusedGlobals)) if (!kept.has(name)) hide(globalThis, name, name, why)

for (const [name, owner] of [
  ['localeCompare', String],
  ['toLocaleLowerCase', String],
  ['toLocaleUpperCase', String],
  ['toLocaleString', Number],
  ['toLocaleString', BigInt],
  ['toLocaleString', Array],
  ['toLocaleString', Object],
] as const) {
  hide(owner.prototype, name, `.${name}`, refusedMembers[name]!.why)
}

hastenLists(Array.prototype)
showPlainMembers()
Object.assign(Math, { exp, log, log2, log10, pow })
for (const name of Object.getOwnPropertyNames(Math)) {
  if (!allowedMath.has(name))
    hide(
      Math,
      name,
      `Math.${name}`,
      name === 'random' ? refusedGlobals['crypto']!.why : 'gives other bits on other machines, and Millrace has none of its own',
    )
}

/** Called once the definitions are loaded: from here on nothing shared can be changed, and errors cost no stack. */
export const seal = (): void => {
  ;(Error as unknown as { stackTraceLimit: number }).stackTraceLimit = 0
  for (const name of [...allowedGlobals, ...kept]) {
    const value: unknown = Object.getOwnPropertyDescriptor(globalThis, name)?.value
    if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) continue
    if (name === 'globalThis') continue
    Object.freeze(value)
    const { prototype } = value as { prototype?: object }
    if (prototype !== undefined) Object.freeze(prototype)
  }
}
