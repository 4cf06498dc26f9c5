/** Lists, maps and structs: each leaf decoded here, put together by the library (Dremel's levels). */
import type { SchemaTree } from 'hyparquet'
import { assembleLists, assembleNested } from 'hyparquet/src/assemble.js'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { type Chunk, encodedIn, isPlaced, plainEntries } from './chunk.ts'
import { rawOf } from './convert.ts'
import { pagesOf, placesOf } from './pages.ts'
import { decodedOf, numbersOf } from './physical.ts'

/** The rows' values of a top-level column. `values` is how many values the chunk's metadata promises. */
export const readNested = (
  tree: SchemaTree,
  chunks: readonly (Chunk & { readonly values: number })[],
  rows: number,
): readonly unknown[] => {
  const leaves = new Map(chunks.map((chunk) => [chunk.leaf.path.join('.'), leafRows(chunk)]))
  assembleNested(leaves, tree, DEFAULT_PARSERS)
  const found = leaves.get(tree.path.join('.'))
  if (found === undefined || found.length !== rows) throw new Error(`a nested column has ${found?.length} rows where its group has ${rows}`)
  return found as readonly unknown[]
}

const leafRows = ({ leaf, bytes, codec, values }: Chunk & { readonly values: number }): unknown[] => {
  const convert = rawOf(leaf)
  const decoded = (encoded: Parameters<typeof decodedOf>[0]): unknown[] =>
    leaf.form.as === 'booleans'
      ? Array.from(numbersOf(encoded, leaf), (bit) => bit === 1)
      : Array.from(decodedOf(encoded, leaf) as Iterable<unknown>, convert)
  let dictionary: readonly unknown[] = []
  let rows: unknown[] = []
  for (const page of pagesOf(bytes, leaf, codec, values)) {
    if (page.isDictionary) {
      dictionary = decoded(plainEntries(page))
      continue
    }
    const found = isPlaced(page) ? Array.from(placesOf(page, dictionary.length), (place) => dictionary[place]) : decoded(encodedIn(page))
    const definition = page.definition ?? new Int32Array(page.count).fill(leaf.maxDefinition)
    rows = assembleLists(
      rows,
      leaf.maxDefinition === 0 ? [] : Array.from(definition),
      Array.from(page.repetition ?? []),
      found as never,
      leaf.schemaPath,
    ) as unknown[]
  }
  return rows
}
