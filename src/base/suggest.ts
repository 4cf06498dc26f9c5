/** The known name nearest to `name`, when one is near enough to be what was meant. */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** "did you mean 'spend'? known: spend, usual": the hint of every error about an unknown name. */
export const didYouMean = (name: string, known: Iterable<string>, most = 12): string => {
  const names = [...known]
  const near = nearest(name, names)
  const list =
    names.length === 0
      ? 'none are known'
      : `known: ${names.slice(0, most).join(', ')}${names.length > most ? ` and ${names.length - most} more` : ''}`
  return near === undefined ? list : `did you mean '${near}'? ${list}`
}

/** Levenshtein's distance, by one row at a time (Wagner and Fischer 1974), with neighbours swapped counting as two edits. */
const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]!
}
