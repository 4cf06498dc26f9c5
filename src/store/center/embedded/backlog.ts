/**
 * Plain events of a log that is replayed, as the bytes of their records until somebody needs them: most of what a process finds
 * when it starts anew is written into runs without ever being asked for, and making events of it would keep the first answer
 * waiting. Found by id and by subject, through hashes of their bytes (FNV-1a: G. Fowler, L. C. Noll, K.-P. Vo, from a start
 * that nobody outside knows).
 */
import { randomInt } from 'node:crypto'
import type { EventVersion } from '../../../model/event.ts'
import type { LogRecord } from '../../log/port.ts'
import type { RecordNames } from './codec.ts'

/** Events are taken once each, and are not here from then on. */
export interface Backlog {
  /** False, and nothing is kept, where an event of that id came before, or all were taken: then it is to be made at once. */
  add(record: LogRecord, names: RecordNames): boolean
  takeById(id: string): EventVersion | undefined
  takeBySubject(subject: string): readonly EventVersion[]
  /** At most so many, in the order of the log; fewer where no more are left. */
  takeSome(most: number): readonly EventVersion[]
}

/** `decode` makes the event of a record. */
export const createBacklog = (decode: (record: Pick<LogRecord, 'offset' | 'stamp' | 'bytes'>) => EventVersion): Backlog => {
  const seed = randomInt(2 ** 31)
  let records = createRecords()
  let [ids, subjects] = [createChains(), createChains()]
  let waiting = 0
  let isOver = false
  /** All before it were taken. */
  let next = 0

  const takeOne = (i: number): EventVersion => {
    waiting--
    return decode(records.take(i))
  }
  return {
    add: (record, names) => {
      const { bytes } = record
      const idHash = hashOf(seed, bytes, names.idAt, names.idEnd)
      const id = bytes.subarray(names.idAt, names.idEnd)
      if (isOver || ids.find(idHash, (i) => records.isNamed(i, 0, id)) >= 0) return false
      records.add(record, names)
      ids.add(idHash)
      subjects.add(hashOf(seed, bytes, names.subjectAt, names.subjectEnd))
      waiting++
      return true
    },
    takeById: (id) => {
      if (waiting === 0) return undefined
      const bytes = Buffer.from(id, 'utf8')
      const i = ids.find(hashOf(seed, bytes, 0, bytes.length), (at) => records.isNamed(at, 0, bytes))
      return i < 0 || records.isTaken(i) ? undefined : takeOne(i)
    },
    takeBySubject: (subject) => {
      if (waiting === 0) return []
      const bytes = Buffer.from(subject, 'utf8')
      const found: EventVersion[] = []
      subjects.sift(hashOf(seed, bytes, 0, bytes.length), (i) => {
        if (records.isTaken(i)) return false
        if (!records.isNamed(i, 1, bytes)) return true
        found.push(takeOne(i))
        return false
      })
      return found.reverse()
    },
    takeSome: (most) => {
      const found: EventVersion[] = []
      for (; waiting > 0 && found.length < most; next++) if (!records.isTaken(next)) found.push(takeOne(next))
      if (waiting > 0) return found
      isOver = true
      records = createRecords()
      ;[ids, subjects] = [createChains(), createChains()]
      return found
    },
  }
}

const hashOf = (seed: number, bytes: Uint8Array, from: number, to: number): number => {
  let hash = seed
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  return hash ^ (hash >>> 15)
}

/** Where a record begins among all bytes, its id and its subject begin and end, and where it ends. */
const placesEach = 6

/** Records one behind the other in one block of bytes. */
const createRecords = () => {
  let bytes = new Uint8Array(1 << 16)
  let places = new Uint32Array(1 << 10)
  let stamps = new Float64Array(1 << 9)
  let count = 0
  let length = 0

  const makeRoom = (more: number): void => {
    if (length + more > bytes.length) bytes = widened(bytes, new Uint8Array(Math.max(length + more, 2 * bytes.length)))
    if ((count + 1) * placesEach > places.length) places = widened(places, new Uint32Array(2 * places.length))
    if ((count + 1) * 2 > stamps.length) stamps = widened(stamps, new Float64Array(2 * stamps.length))
  }
  return {
    add: (record: LogRecord, { idAt, idEnd, subjectAt, subjectEnd }: RecordNames): void => {
      makeRoom(record.bytes.length)
      bytes.set(record.bytes, length)
      const at = count * placesEach
      places[at] = length
      places[at + 1] = length + idAt
      places[at + 2] = length + idEnd
      places[at + 3] = length + subjectAt
      places[at + 4] = length + subjectEnd
      length += record.bytes.length
      places[at + 5] = length
      stamps[2 * count] = record.offset
      stamps[2 * count + 1] = record.stamp
      count++
    },
    isTaken: (i: number): boolean => Number.isNaN(stamps[2 * i]!),
    /** Whether its id (0) or its subject (1) is this. */
    isNamed: (i: number, name: 0 | 1, text: Uint8Array): boolean => {
      const at = i * placesEach + 1 + 2 * name
      const from = places[at]!
      if (places[at + 1]! - from !== text.length) return false
      for (let k = 0; k < text.length; k++) if (bytes[from + k] !== text[k]) return false
      return true
    },
    take: (i: number): Pick<LogRecord, 'offset' | 'stamp' | 'bytes'> => {
      const [offset, stamp] = [stamps[2 * i]!, stamps[2 * i + 1]!]
      stamps[2 * i] = Number.NaN
      return { offset, stamp, bytes: bytes.subarray(places[i * placesEach]!, places[i * placesEach + 5]!) }
    },
  }
}

const widened = <T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(from: T, into: T): T => {
  into.set(from)
  return into
}

interface Chains {
  /** The next number, under a hash. */
  add(hash: number): void
  /** The latest of a hash that passes; −1 where none does. */
  find(hash: number, test: (i: number) => boolean): number
  /** Lets go of those under a hash that are not to be kept. The latest come first. */
  sift(hash: number, isKept: (i: number) => boolean): void
}

const none = -1

/** Numbers from 0 on by hash: those that share a bucket are a chain. */
const createChains = (): Chains => {
  let hashes = new Int32Array(1 << 9)
  let before = new Int32Array(1 << 9)
  let last = new Int32Array(1 << 9).fill(none)
  let count = 0

  const link = (i: number): void => {
    const bucket = hashes[i]! & (last.length - 1)
    before[i] = last[bucket]!
    last[bucket] = i
  }
  /** Those let go of come back into a chain: whoever looks at them lets go of them again. */
  const widen = (): void => {
    hashes = widened(hashes, new Int32Array(2 * count))
    before = new Int32Array(2 * count)
    last = new Int32Array(2 * count).fill(none)
    for (let i = 0; i < count; i++) link(i)
  }
  return {
    add: (hash) => {
      if (count === hashes.length) widen()
      hashes[count] = hash
      link(count++)
    },
    find: (hash, test) => {
      let i = last[hash & (last.length - 1)]!
      while (i !== none && !(hashes[i] === hash && test(i))) i = before[i]!
      return i
    },
    sift: (hash, isKept) => {
      const bucket = hash & (last.length - 1)
      let [next, kept] = [last[bucket]!, none]
      last[bucket] = none
      while (next !== none) {
        const i = next
        next = before[i]!
        if (hashes[i] === hash && !isKept(i)) continue
        if (kept === none) last[bucket] = i
        else before[kept] = i
        before[i] = none
        kept = i
      }
    },
  }
}
