/** What Millrace loads: everything that is exported from here is defined. */
export * from './flights.ts'
export * from './mapping.ts'
