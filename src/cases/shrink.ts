/** Makes a failing case smaller, part by part, while it still fails. */

import type { CaseFile } from './generate.ts'
import { isMapping } from './shape.ts'

type Json = { readonly [name: string]: unknown }

/**
 * The smallest case found: no single root, event, definition, member of one, or field of an event's record can be left out without
 * `fails` answering no. A case that cannot be read does not fail.
 */
export const shrink = async (failing: CaseFile, fails: (smaller: CaseFile) => Promise<boolean>): Promise<CaseFile> => {
  let best = failing
  let isSmaller = true
  while (isSmaller) {
    isSmaller = false
    for (const candidate of smallerCases(best)) {
      if (!(await fails(candidate))) continue
      best = candidate
      isSmaller = true
      break
    }
  }
  return best
}

function* smallerCases(value: CaseFile): Generator<CaseFile> {
  for (const roots of smallerLists(value.roots)) if (roots.length > 0) yield { ...value, roots }
  for (const events of smallerLists(value.events)) yield { ...value, events }
  for (const project of smallerMappings(value.project, 3)) yield { ...value, project }
  for (const [i, event] of value.events.entries()) {
    for (const smaller of smallerEntries(event)) yield { ...value, events: value.events.with(i, smaller) }
  }
}

/** Without a half, a quarter … one of its members. */
function* smallerLists(list: readonly unknown[]): Generator<readonly unknown[]> {
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < list.length; from += size) yield [...list.slice(0, from), ...list.slice(from + size)]
  }
}

/** Without one of its members, or with one made smaller; members of lists of texts are left out, too. */
function* smallerMappings(value: Json, depth: number): Generator<Json> {
  for (const name of Object.keys(value)) {
    if (name === 'data') continue // what is declared does no harm, and much refers to it
    yield Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))
  }
  for (const [name, part] of Object.entries(value)) {
    if (depth > 0 && isMapping(part)) for (const smaller of smallerMappings(part, depth - 1)) yield { ...value, [name]: smaller }
    if (Array.isArray(part) && part.length > 1) {
      for (const smaller of smallerLists(part)) if (smaller.length > 0) yield { ...value, [name]: smaller }
    }
  }
}

/** An entry's stamps, and the optional fields of its record. */
function* smallerEntries(entry: unknown): Generator<unknown> {
  if (!isMapping(entry)) return
  for (const [name, part] of Object.entries(entry)) {
    if (name === 'knownAt') yield Object.fromEntries(Object.entries(entry).filter(([key]) => key !== name))
    else if (isMapping(part)) for (const smaller of smallerMappings(part, 1)) yield { ...entry, [name]: smaller }
  }
}
