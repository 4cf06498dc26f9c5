/**
 * Properties whose name begins with `~` exist for the compiler only: no value has them at run time. Builders return plain
 * data and cast once. Everything that flows from definition to definition flows through `X['~value']`, an indexed access,
 * and never through a conditional type with `infer`: that is what keeps checking cheap and hovers short.
 */

/** Flattens intersections and drops alias names, so that a hover shows members. */
export type Show<T> = { [K in keyof T]: T[K] } & {}

/** A moment as a caller may write it: milliseconds since 1970 UTC, ISO 8601 text with a zone, or a Date. */
export type Moment = number | string | Date

/** A number that stands for an exact decimal, which JSON carries as text where it has more digits than a double keeps. Any number is one. */
export type Decimal = number & { readonly '~decimal'?: true }

/** A value as JSON carries it: an int64 is text, and so is a decimal of more than 15 significant digits. */
export type Json<T> = T extends bigint
  ? string
  : T extends number
    ? '~decimal' extends keyof T
      ? number | string
      : T
    : T extends object
      ? { [K in keyof T]: Json<T[K]> }
      : T
