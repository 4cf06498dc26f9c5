/** Decimals are whole numbers of 10^-scale, held as bigint within signed 64 bits, so that nothing is ever rounded. */

export const int64Max = 9_223_372_036_854_775_807n
export const int64Min = -9_223_372_036_854_775_808n
export const maxScale = 18

export const isInt64 = (value: bigint): boolean => value >= int64Min && value <= int64Max

const decimalPattern = /^([+-]?)([0-9]+)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,4}))?$/

/**
 * Reads decimal text (`'-12.30'`, `'1e3'`) at a scale. `'invalid'` when it is no decimal, `'inexact'` when it has digits
 * beyond the scale that are not zero, `'range'` when it does not fit signed 64 bits.
 */
export const parseDecimal = (text: string, scale: number): bigint | 'invalid' | 'inexact' | 'range' => {
  const [, sign, whole = '', fraction = '', exponent = '0'] = decimalPattern.exec(text) ?? []
  if (sign === undefined) return 'invalid'
  const shift = scale + Number(exponent) - fraction.length
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return 0n
  if (digits.length + shift > 19) return 'range'
  const kept = shift >= 0 ? digits + '0'.repeat(shift) : digits.slice(0, shift)
  if (shift < 0 && /[1-9]/.test(digits.slice(shift))) return 'inexact'
  const units = BigInt(`${kept === '' ? '0' : kept}`) * (sign === '-' ? -1n : 1n)
  return isInt64(units) ? units : 'range'
}

/** The decimal as text with all digits of its scale: `decimalText(110n, 2)` is `'1.10'`. */
export const decimalText = (units: bigint, scale: number): string => {
  if (scale === 0) return `${units}`
  const digits = `${units < 0n ? -units : units}`.padStart(scale + 1, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

const exactPower = 22 // 10^22 is the largest power of ten that a double holds exactly

/** The nearest double: one division of two exact doubles where both are, else a decimal literal's reading, which rounds once too. */
export const decimalNumber = (units: bigint, scale: number): number => {
  const whole = Number(units)
  if (scale <= exactPower && Number.isSafeInteger(whole)) return whole / 10 ** scale
  return Number(decimalText(units, scale))
}

/** Whether a double tells this decimal apart from every other one of as many digits: at most 15 significant ones. */
export const isShortDecimal = (units: bigint): boolean => `${units < 0n ? -units : units}`.replace(/0+$/, '').length <= 15
