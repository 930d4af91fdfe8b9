/** What is to be done before a pod is bound. Held from the placement on; `write` comes before the binding, `release` when there will be none. */
export interface PreBinding {
  write(signal: AbortSignal): Promise<void>
  release(): void
}
