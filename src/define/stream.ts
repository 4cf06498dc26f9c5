import { MillraceError } from '../base/error.ts'
import { frozen } from './frozen.ts'

/** The name of a flow of records. It stands in the plan for the live streams to come; this version does nothing by it. */
export interface Stream<Id extends string = string> {
  readonly stream: Id
}

type StreamId<Id extends string> = Id extends `${infer A}.${infer B}.${infer C}`
  ? '' extends A | B | C
    ? `'${Id}' has an empty part`
    : C extends `${string}.${string}`
      ? `'${Id}' has more than three parts`
      : Id
  : `'${Id}' is not a stream id: write 'department.project.business'`

const streamPattern = /^[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*){2}$/

/** `stream('risk.cards.payments')`: department, project, business. Throws NAME_INVALID. */
export const stream = <const Id extends string>(id: StreamId<Id>): Stream<Id> => {
  if (streamPattern.test(id)) return frozen({ stream: id }) as never
  throw new MillraceError('NAME_INVALID', 'not a stream id', {
    value: id,
    expected: "three parts in small letters, digits, '-' and '_': 'department.project.business'",
  })
}
