/** What a simulated container takes of its node while it runs. */
export interface Usage {
  /** Memory that the kernel could not take back. */
  readonly memoryBytes: number
  /** Written to its own layer. */
  readonly diskBytes: number
  readonly processes: number
}

export const noUsage: Usage = { memoryBytes: 0, diskBytes: 0, processes: 1 }
