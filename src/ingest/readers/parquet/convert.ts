/** Values of seldom and nested columns as a source of JSON would send them. */
import { parseFloat16 } from 'hyparquet/src/convert.js'
import { decimalJson } from '../../../model/json.ts'
import { decode } from '../texts.ts'
import type { Leaf } from './leaf.ts'

/** How one value of a column is made raw. Bigints stay only where no double holds them. */
export const rawOf = ({ form, element }: Leaf): ((value: unknown) => unknown) => {
  switch (form.as) {
    case 'texts':
      return textOf
    case 'booleans':
      return (value) => value
    case 'numbers':
      if (form.scale !== undefined) return (value) => decimalJson(BigInt(value as bigint), form.scale!)
      if (form.isDay === true) return (value) => (value as number) * 86_400_000
      return form.isUnsigned === true ? unsignedOf(element.type) : numberOf
    case 'values':
      return richOf(form)
    case 'unsupported':
      throw new Error(
        `columns of ${element.type} with ${element.converted_type ?? element.logical_type?.type ?? 'no'} meaning are not read`,
      )
  }
}

const numberOf = (value: unknown): unknown => (typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value)

const unsignedOf = (type: string | undefined) => (value: unknown) =>
  type === 'INT64' ? numberOf(BigInt.asUintN(64, value as bigint)) : (value as number) >>> 0

/** Bytes that are no UTF-8 give a lone surrogate, which standardisation refuses as TEXT_INVALID. */
const textOf = (value: unknown): unknown => decode(value as Uint8Array, 0, (value as Uint8Array).length) ?? '\udc80'

const richOf = (form: Leaf['form'] & { as: 'values' }): ((value: unknown) => unknown) => {
  switch (form.of) {
    case 'decimal':
      return (value) => decimalJson(unitsOf(value as Uint8Array), form.scale ?? 0)
    case 'uuid':
      return (value) => uuidText(value as Uint8Array)
    case 'half':
      return (value) => parseFloat16(value as Uint8Array)
    case 'nanos':
      return (value) => int96Milliseconds(value as bigint)
    case 'json':
      return jsonOf
  }
}

/** Two's complement, the highest byte first. */
const unitsOf = (bytes: Uint8Array): bigint => {
  let hex = '0x0'
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return BigInt.asIntN(Math.max(1, bytes.length * 8), BigInt(hex))
}

const uuidText = (bytes: Uint8Array): string => {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

const julianUnixDay = 2_440_588

/** The 96-bit times of old writers: nanoseconds of the day, then the Julian day. Rounded down to a millisecond. */
const int96Milliseconds = (value: bigint): number =>
  (Number(value >> 64n) - julianUnixDay) * 86_400_000 + Math.floor(Number(BigInt.asUintN(64, value)) / 1e6)

const jsonOf = (value: unknown): unknown => {
  const text = textOf(value) as string
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
