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

/** A resource.Quantity (`64Mi`, `1e9`, `1500m`) as whole bytes, rounded up. Throws for what is none. */
export function bytesOf(quantity: string): number {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(quantity)
  if (!match) throw new Error(`${JSON.stringify(quantity)} is not a quantity, such as 64Mi`)
  return Math.ceil(Number(match[1]) * (match[2] === undefined ? (suffixes[match[3] ?? ''] ?? 1) : 10 ** Number(match[2])))
}
