import { project } from 'millrace'
import * as definitions from './cards.ts'
import { cardsFile } from './mapping.ts'

export const cardsProject = project('cards', { ...definitions, cardsFile })
