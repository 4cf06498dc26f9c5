/** Scans kept from one run to the next, while nothing is recorded: what lets a trial run again at once. */
import type { EventTable } from '../../model/table.ts'
import type { CenterReader, ScanRequest } from '../../store/center/port.ts'

export interface ScanCache {
  /** Reads like the center; what it scanned in the run before it gives again. */
  readonly center: CenterReader
  /** Ends a run: scans that it did not ask for are forgotten. */
  endRun(): void
}

export const createScanCache = (center: CenterReader): ScanCache => {
  let known = new Map<string, Promise<EventTable>>()
  let asked = new Map<string, Promise<EventTable>>()
  let stamp = center.safe()
  const scan = (request: ScanRequest): Promise<EventTable> => {
    if (center.safe() !== stamp) {
      known.clear()
      asked.clear()
      stamp = center.safe()
    }
    const { type, columns, from, to } = request
    const key = JSON.stringify([type, columns, String(from), String(to)])
    const table = asked.get(key) ?? known.get(key) ?? Promise.resolve(center.scan(request))
    asked.set(key, table)
    table.catch(() => asked.delete(key))
    return table
  }
  return {
    center: { ...center, scan },
    endRun: () => {
      known = asked
      asked = new Map()
    },
  }
}
