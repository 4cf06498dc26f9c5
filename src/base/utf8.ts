/**
 * Compares two texts by their UTF-8 bytes, without encoding them. JavaScript's `<` compares UTF-16 units and disagrees for
 * characters beyond U+FFFF against U+E000…U+FFFF: surrogates must sort above those, so both are moved before the comparison
 * (the fix-up of Unicode Technical Note 12, "UTF-16 for processing", code point order).
 */
export const compareUtf8 = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return codePointRank(x) - codePointRank(y)
  }
  return a.length - b.length
}

const codePointRank = (unit: number): number => (unit < 0xd800 ? unit : unit >= 0xe000 ? unit - 0x800 : unit + 0x2000)
