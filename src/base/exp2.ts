/**
 * 2^x with the same bits on every machine, in error below 0.52 units in the last place: only + − × ÷ of doubles, and exact
 * scaling by powers of two.
 *
 * Table-driven, after P. T. P. Tang, "Table-Driven Implementation of the Exponential Function in IEEE Floating-Point
 * Arithmetic", ACM TOMS 15 (1989): x = k + i/64 + r with |r| ≤ 1/128, exactly; 2^x = 2^k · 2^(i/64) · (1 + p(r)), where p is the
 * series of 2^r − 1 and the table holds 2^(i/64) as the sum of two doubles. The table comes from whole-number square roots.
 */
const steps = 64

/** x: any number. Beyond 1024 the answer is Infinity, below −1075 it is 0; NaN gives NaN. */
export const exp2 = (x: number): number => {
  if (!(x > -1076)) return x <= -1076 ? 0 : Number.NaN
  if (x >= 1024) return Number.POSITIVE_INFINITY
  const at = Math.floor(x * steps + 0.5)
  const r = x - at / steps
  const k = Math.floor(at / steps)
  const i = at - k * steps
  const head = heads[i]!
  return scaled(head + (tails[i]! + head * series(r)), k)
}

/** ln(2)^n / n!, n from 1: each the nearest double. The first one left out would add 2^-62 at most. */
const c1 = Math.LN2
const c2 = 0.24022650695910072
const c3 = 0.05550410866482158
const c4 = 0.009618129107628477
const c5 = 0.0013333558146428443
const c6 = 0.0001540353039338161

const series = (r: number): number => r * (c1 + r * (c2 + r * (c3 + r * (c4 + r * (c5 + r * c6)))))

/** value · 2^k, value in [1, 2): in two steps where the result is subnormal, so that it is rounded once. */
const scaled = (value: number, k: number): number => {
  if (k > 1023) return value * powers[2046]! * 2
  return k >= -1022 ? value * powers[k + 1023]! : value * powers[k + 1023 + 64]! * powers[1023 - 64]!
}

/** 2^-1023 … 2^1023. The first is subnormal, and exact like the others. */
const powers = Float64Array.from({ length: 2047 }, () => 1)
for (let i = 1024; i <= 2046; i++) powers[i] = powers[i - 1]! * 2
for (let i = 1022; i >= 0; i--) powers[i] = powers[i + 1]! / 2

const fractionBits = 128n
const one = 1n << fractionBits

const squareRoot = (n: bigint): bigint => {
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1)
  for (;;) {
    const next = (root + n / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

const heads = new Float64Array(steps)
const tails = new Float64Array(steps)

/** 2^(i/64) as whole numbers of 2^-128, by products of 2^(1/2), 2^(1/4) … 2^(1/64). */
const fillTable = (): void => {
  const roots: bigint[] = []
  for (let root = 2n * one, j = 0; j < 6; j++) {
    root = squareRoot(root * one)
    roots.push(root)
  }
  for (let i = 0; i < steps; i++) {
    let value = one
    for (let j = 0; j < 6; j++) if (i & (steps >> (j + 1))) value = (value * roots[j]!) >> fractionBits
    heads[i] = Number(value) / 2 ** 128
    tails[i] = Number(value - BigInt(heads[i]! * 2 ** 64) * (one >> 64n)) / 2 ** 128
  }
}
fillTable()
