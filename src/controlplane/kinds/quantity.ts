const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}
const pattern = /^([+-]?(?:\d+\.?\d*|\.\d+))([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/

/** The value of a resource quantity (`500m`, `1Gi`, `2e3`) in units (cores, bytes), or undefined when it is none. */
export function parseQuantity(text: string | number | undefined): number | undefined {
  if (text === undefined) return undefined
  const match = pattern.exec(String(text))
  if (!match?.[1]) return undefined
  const suffix = match[2] ?? ''
  const factor = suffixes[suffix] ?? Number(`1${suffix}`)
  return Number(match[1]) * factor
}
