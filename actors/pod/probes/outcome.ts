/** What one try of a probe said. `warning` passes, with an event `ProbeWarning`; `unknown` (the try itself could not be made, or not be finished) counts for nothing. */
export interface ProbeOutcome {
  readonly result: 'success' | 'warning' | 'failure' | 'unknown'
  readonly output: string
  /** What the kubelet calls the state of an `unknown` one. */
  readonly state?: 'failure' | 'unknown'
}

/** kubelet 1.32 reads 10 KiB of an HTTP probe's body, and of a command's output. */
export const probeOutputLimit = 10 * 1024

export const cut = (text: string): string => (text.length > probeOutputLimit ? text.slice(0, probeOutputLimit) : text)
