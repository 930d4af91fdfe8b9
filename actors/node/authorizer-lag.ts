import { backoffDelay } from '../../src/base/backoff.ts'
import { type Clock, sleep } from '../../src/base/clock.ts'
import { KubeError } from '../../src/kube/client.ts'
import { clientGoRetry } from '../../src/kube/reflector.ts'

/**
 * The API server's node authorizer hears of a pod a moment after its node may: what a new pod refers to is Forbidden until then.
 * So a refusal is asked again a few times, within about a second, before it is believed.
 */
const lag = { initialMs: 50, maxMs: 400, jitter: 0.5 }
const patience = 5

/** Whether what was refused for the `failures`th time in a row may be allowed yet. */
export function mayLag(error: unknown, failures: number): boolean {
  return error instanceof KubeError && error.code === 403 && failures <= patience
}

/** How long to wait, in ms, after the `failures`th failure in a row, where the authorizer may lag; undefined: as ever. */
export function lagDelay(error: unknown, failures: number): number | undefined {
  if (!(error instanceof KubeError) || error.code !== 403) return undefined
  return failures <= patience ? backoffDelay(lag, failures) : backoffDelay(clientGoRetry, failures - patience)
}

/** Asks, and asks again while the authorizer may lag behind. Throws the last refusal, and every other error at once. */
export async function pastLag<T>(clock: Clock, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await ask()
    } catch (error) {
      if (!mayLag(error, failures)) throw error
      await sleep(clock, backoffDelay(lag, failures), signal)
    }
  }
}
