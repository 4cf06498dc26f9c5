/** Given at once or later, so that what is at hand costs no turn of the event loop. */
export type Answer<T> = T | Promise<T>

/** Goes on with an answer as soon as it is there: at once where it is. */
export const andThen = <T, U>(answer: Answer<T>, next: (value: T) => Answer<U>): Answer<U> =>
  answer instanceof Promise ? answer.then(next) : next(answer)

/** All of several answers, at once where all are there. */
export const allAnswers = <T>(answers: readonly Answer<T>[]): Answer<readonly T[]> =>
  answers.some((answer) => answer instanceof Promise) ? Promise.all(answers) : (answers as readonly T[])
