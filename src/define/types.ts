/**
 * Properties whose name begins with `~` exist for the compiler only: no value has them at run time. Builders return plain
 * data and cast once. Everything that flows from definition to definition flows through `X['~value']`, an indexed access,
 * and never through a conditional type with `infer`: that is what keeps checking cheap and hovers short.
 */

/** Flattens intersections and drops alias names, so that a hover shows members. */
export type Show<T> = { [K in keyof T]: T[K] } & {}

/** A moment as a caller may write it: milliseconds since 1970 UTC, ISO 8601 text with a zone, or a Date. */
export type Moment = number | string | Date

/**
 * A value as JSON carries it: an int64 is text. (A decimal of more than 15 significant digits is text too, which its type
 * does not say: it is declared a number because all others are.)
 */
export type Json<T> = T extends bigint ? string : T extends object ? { [K in keyof T]: Json<T[K]> } : T
