/** What the figures were taken on. */
import { cpus, loadavg, totalmem } from 'node:os'

/** `otherLoad`: how many threads were ready to run in the last minute before the bench began; above 0.3 other work was going on. */
export const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  v8: process.versions.v8,
  otherLoad: Math.round(loadavg()[0]! * 100) / 100,
  date: new Date().toISOString().slice(0, 16),
})

/** The most memory that this process had resident so far, in megabytes, its threads included. */
export const peakRssMb = (): number => Math.round(process.resourceUsage().maxRSS / 1024)
