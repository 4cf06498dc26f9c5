/** Tests only: bytes in memory as a file. */
import type { SourceFile } from './source-file.ts'

export const memoryFile = (path: string, content: Uint8Array): SourceFile => ({
  path,
  bytes: content.length,
  read: (from, to) => Uint8Array.from(content.subarray(from, to)),
  close: () => undefined,
})
