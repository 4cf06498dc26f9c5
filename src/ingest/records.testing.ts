import { type RecordOutcome, type RequestOptions, readInSteps } from './records.ts'

/** Reads a body in one go. */
export const readRecords = (body: string, options: RequestOptions): readonly RecordOutcome[] => {
  const steps = readInSteps(body, options)
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}
