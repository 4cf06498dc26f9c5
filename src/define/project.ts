import type { Definition, DefinitionSort } from './definition.ts'
import { frozen } from './frozen.ts'
import { gather } from './gather.ts'

/** Everything a team defines, under one name. A module of definitions is one as it is; this puts several together. */
export interface Project<Definitions> {
  readonly define: 'project'
  readonly name: string
  readonly definitions: Definitions
}

/** Throws DEFINED_TWICE. */
export const project = <const Definitions extends object>(name: string, definitions: Definitions): Project<Definitions> => {
  gather(definitions)
  return frozen({ define: 'project', name, definitions: { ...definitions } })
}

export type DefinitionsOf<P> = P extends Project<infer D> ? D : P

/** Definitions of one sort, by the name they declare, not by the variable that holds them. */
export type ByName<D, Sort extends DefinitionSort> = { [K in keyof D as D[K] extends Definition<Sort> ? D[K]['name'] : never]: D[K] }
