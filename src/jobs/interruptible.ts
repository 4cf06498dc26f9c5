/**
 * V8's loop unrolling takes the check for interrupts out of loops that it believes to be short, and it is wrong about
 * `for (;;) new Array(1000).fill(0)`: neither a time limit nor the end of its thread stops that. (Node 24, V8 13.6; found by trial.
 * Without it our own loops are as fast: benches `pit` and `decision`.)
 */
import { setFlagsFromString } from 'node:v8'

/** For all threads of the process, and code that is compiled from now on: to be called before main is. */
export const keepLoopsInterruptible = (): void => setFlagsFromString('--no-turboshaft-loop-unrolling')
