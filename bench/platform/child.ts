import { held, lean } from '../../src/server/surroundings.ts'
import { inChild } from '../harness/child.ts'
import type { PlatformInput, PlatformOutput } from './platform-child.ts'

/** Opens a platform in a fresh process, performs the operations and ends it: started as the command that does the same starts its own. */
export const onPlatform = (input: PlatformInput): Promise<PlatformOutput> =>
  inChild<PlatformInput, PlatformOutput>(new URL('./platform-child.ts', import.meta.url), input, startedAs(input))

const startedAs = ({ memoryBytes, operations }: PlatformInput) => {
  if (memoryBytes !== undefined) return { flags: held.engineFlags, environment: held.environment }
  return operations.some(({ name }) => name === 'batch') ? { environment: lean.environment } : {}
}
