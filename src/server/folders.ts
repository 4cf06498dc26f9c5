/** What lies where in a data folder. */
export const centerFolder = 'center'
export const lettersFolder = 'dead-letters'
export const seriesFolder = 'series'
