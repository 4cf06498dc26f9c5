/* The public entry. */
export { MillraceError } from './base/error.ts'
