/**
 * What main learns of an event's members when it asks: that they are plain and frozen, as they are where an event is no view
 * (event-view.ts). So main gives one result whichever way it is run. Runs inside the realm, before anything of a project.
 */
import { isView } from './event-view.ts'

const { getOwnPropertyDescriptor, getOwnPropertyDescriptors } = Object

const plainDescriptor = (view: object, name: PropertyKey): PropertyDescriptor | undefined => {
  const found = getOwnPropertyDescriptor(view, name)
  return found && { value: (view as Record<PropertyKey, unknown>)[name], writable: false, enumerable: true, configurable: false }
}

const methods = {
  getOwnPropertyDescriptor: (of: unknown, name: PropertyKey) =>
    isView(of) ? plainDescriptor(of, name) : getOwnPropertyDescriptor(of as object, name),
  getOwnPropertyDescriptors: (of: unknown) =>
    isView(of)
      ? Object.fromEntries(Object.keys(of).map((name) => [name, plainDescriptor(of, name)]))
      : getOwnPropertyDescriptors(of as object),
}

/** Of the accessors themselves nobody gets hold. */
const lookUps = ['__lookupGetter__', '__lookupSetter__'] as const

export const showPlainMembers = (): void => {
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(Object, name, { value, writable: true, configurable: true, enumerable: false })
  Object.defineProperty(Reflect, 'getOwnPropertyDescriptor', { ...methodOf(methods.getOwnPropertyDescriptor) })
  for (const name of lookUps) {
    const original = (Object.prototype as unknown as Record<string, (key: PropertyKey) => unknown>)[name]!
    Object.defineProperty(Object.prototype, name, {
      ...methodOf(function (this: unknown, key: PropertyKey) {
        for (let at: unknown = this; at !== null && at !== undefined; at = Object.getPrototypeOf(at)) if (isView(at)) return undefined
        return original.call(this, key)
      }),
    })
  }
}

const methodOf = (value: unknown): PropertyDescriptor => ({ value, writable: true, configurable: true, enumerable: false })
