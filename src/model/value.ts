/**
 * A value as the engines hold it, after standardisation: exact, never NaN, infinite or -0.
 *
 * | declared | held as |
 * |---|---|
 * | string, enum, entity | string without lone surrogates |
 * | int | number, a whole one within ±(2^53 − 1) |
 * | int64 | bigint within signed 64 bits |
 * | double | number |
 * | decimal(k) | bigint: the value times 10^k, within signed 64 bits |
 * | boolean | boolean |
 * | time | number: whole milliseconds since 1970 UTC, negative before |
 * | list, object | arrays and plain objects of these |
 * | optional, missing | null |
 */
export type Value = null | boolean | number | bigint | string | readonly Value[] | { readonly [field: string]: Value }

/** An event's data: every declared field is present, a missing optional one as null. */
export type Data = { readonly [field: string]: Value }
