import { project } from 'millrace'
import * as definitions from './flights.ts'
import { flightsFile } from './mapping.ts'

export const flightsProject = project('flights', { ...definitions, flightsFile })
