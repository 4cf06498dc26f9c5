/** The events that exist for a read, in the total order (docs/semantics.md, "Order and time", "What a root sees"). */
import type { EventVersion, Read } from '../model/event.ts'

/** UTF-8 bytes compare as code points do. */
export const compareTexts = (a: string, b: string): number => {
  const left = [...a].map((part) => part.codePointAt(0)!)
  const right = [...b].map((part) => part.codePointAt(0)!)
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return left[i]! - right[i]!
  }
  return left.length - right.length
}

const inOrder = (a: EventVersion, b: EventVersion): number => {
  if (a.time !== b.time) return a.time - b.time
  if (a.seq !== b.seq) return a.seq - b.seq
  return compareTexts(a.type, b.type) || compareTexts(a.id, b.id)
}

const sees = (read: Read, version: EventVersion): boolean => {
  if (read.as === 'recorded') return version.recordedAt <= read.cutoff
  if (read.as === 'known') return version.knownAt <= read.cutoff
  return true
}

/** One version of each event that exists for the read: the highest visible one, unless that is a deletion. */
export const existing = (versions: readonly EventVersion[], read: Read): readonly EventVersion[] => {
  const held = new Map<string, EventVersion>()
  for (const version of versions) {
    if (version.op === 'moved' || !sees(read, version)) continue
    const name = JSON.stringify([version.type, version.id])
    const rival = held.get(name)
    if (rival === undefined || version.version > rival.version) held.set(name, version)
  }
  return [...held.values()].filter((version) => version.op === 'put').sort(inOrder)
}
