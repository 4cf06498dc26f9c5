import { held } from '../../src/server/surroundings.ts'
import { inChild } from '../harness/child.ts'
import type { PlatformInput, PlatformOutput } from './platform-child.ts'

/** Opens a platform in a fresh process, performs the operations and ends it; with a limit of memory as `serve --memory` does. */
export const onPlatform = (input: PlatformInput): Promise<PlatformOutput> =>
  inChild<PlatformInput, PlatformOutput>(
    new URL('./platform-child.ts', import.meta.url),
    input,
    input.memoryBytes === undefined ? {} : { flags: held.engineFlags, environment: held.environment },
  )
