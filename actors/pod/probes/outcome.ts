/** What one try of a probe said. `warning` passes, with an event `ProbeWarning`; `unknown` (the try itself could not be made) counts for nothing. */
export interface ProbeOutcome {
  readonly result: 'success' | 'warning' | 'failure' | 'unknown'
  readonly output: string
}

/** kubelet 1.32 reads 10 KiB of an HTTP probe's body. */
export const probeOutputLimit = 10 * 1024

export const cut = (text: string): string => (text.length > probeOutputLimit ? text.slice(0, probeOutputLimit) : text)
