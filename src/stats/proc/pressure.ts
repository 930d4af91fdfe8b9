/** Share of time lost, in percent over 10, 60 and 300 s, and in all. */
export interface Stall {
  readonly avg10: number
  readonly avg60: number
  readonly avg300: number
  readonly totalMicros: number
}

/** Pressure of a resource: some tasks stalled, or all of them (`full`, not for the CPU on older kernels). */
export interface Pressure {
  readonly some: Stall
  readonly full?: Stall
}

/** Parses `/proc/pressure/*` and a cgroup's `*.pressure`; undefined when it is empty. */
export function parsePressure(text: string): Pressure | undefined {
  const stalls = new Map<string, Stall>()
  for (const [, kind, ...numbers] of text.matchAll(/^(some|full) avg10=([\d.]+) avg60=([\d.]+) avg300=([\d.]+) total=(\d+)$/gm)) {
    const [avg10 = 0, avg60 = 0, avg300 = 0, totalMicros = 0] = numbers.map(Number)
    stalls.set(kind as string, { avg10, avg60, avg300, totalMicros })
  }
  const some = stalls.get('some')
  return some && { some, full: stalls.get('full') }
}
