/** What a worker is at, in memory that its watchdog reads: no message is needed to see that main hangs. */
export interface Pulse {
  readonly memory: SharedArrayBuffer
  /** What the thread holds outside its heap before main runs: a slice's arrays, which are not main's. */
  beside(mb: number): void
  /** Main runs for this row now. */
  running(row: number): void
  /** Whatever else than main. */
  idle(): void
  /** The row main runs for, −1 for none; and how many rows came before it, so that the same row twice is told apart. */
  state(): { readonly row: number; readonly beat: number; readonly besideMb: number }
}

export const createPulse = (memory = new SharedArrayBuffer(12)): Pulse => {
  const state = new Int32Array(memory)
  return {
    memory,
    beside: (mb) => {
      state[2] = mb
    },
    running: (row) => {
      state[1]!++
      state[0] = row + 1
    },
    idle: () => {
      state[0] = 0
    },
    state: () => ({ row: Atomics.load(state, 0) - 1, beat: Atomics.load(state, 1), besideMb: Atomics.load(state, 2) }),
  }
}
