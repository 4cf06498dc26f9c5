/**
 * Gives memory back that is not used any more. The engine collects in its own time, and until then a scan's columns, each copied into
 * shared memory, are twice there: a third of what a batch would need otherwise.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

export const releaseUnused = (): void => {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
    // Contexts made from here on, such as those that main runs in, have it not.
    setFlagsFromString('--no-expose-gc')
  }
  collect()
}
