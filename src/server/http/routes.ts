/** What the descriptions of all routes share. */

export const failures = {
  '4XX': { description: 'Refused', content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } } },
} as const

export const answer = (schema: object, description: string) => ({
  200: { description, content: { 'application/json': { schema } } },
  ...failures,
})

export const moment = {
  description: 'Whole milliseconds since 1970 UTC, or ISO 8601 text with a zone',
  anyOf: [{ type: 'integer' }, { type: 'string' }],
}

/** Which versions a read sees, and as of when. */
export const readProperties = {
  at: { ...moment, description: `The root's time; now unless set. ${moment.description}` },
  as: { type: 'string', enum: ['corrected'], description: 'All versions; the default' },
  recorded: { ...moment, description: `Only what was recorded by then. ${moment.description}` },
  known: { ...moment, description: `Only what could be known by then. ${moment.description}` },
}

export const jsonValue = { description: 'Any JSON value' }
