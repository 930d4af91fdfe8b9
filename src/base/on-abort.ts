interface Hub {
  readonly listeners: Set<() => void>
  /** The one listener that the signal has. */
  readonly heard: () => void
}

const hubs = new WeakMap<AbortSignal, Hub>()

/**
 * Calls `listener` once when the signal is aborted, which it must not be yet; answers what takes the listener back. Takes as long however many there are: an
 * `EventTarget` looks through all of its listeners for each that comes or goes, and on a node's one signal thousands wait.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const hub = hubs.get(signal) ?? hubOf(signal)
  // One may be added twice.
  const mine = () => listener()
  hub.listeners.add(mine)
  return () => {
    if (!hub.listeners.delete(mine) || hub.listeners.size > 0) return
    // A signal made of others lives for as long as somebody listens to it.
    signal.removeEventListener('abort', hub.heard)
    hubs.delete(signal)
  }
}

function hubOf(signal: AbortSignal): Hub {
  const listeners = new Set<() => void>()
  const heard = () => {
    hubs.delete(signal)
    for (const each of listeners) each()
  }
  const hub: Hub = { listeners, heard }
  hubs.set(signal, hub)
  signal.addEventListener('abort', heard, { once: true })
  return hub
}
