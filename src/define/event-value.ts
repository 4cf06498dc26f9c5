/** One event as main sees it. */
export interface Event<Type extends string = string, Data = unknown> {
  readonly type: Type
  readonly id: string
  /** Key of the entity whose event it is. */
  readonly subject: string
  /** When it happened: milliseconds since 1970 UTC. */
  readonly time: number
  readonly data: Readonly<Data>
}
