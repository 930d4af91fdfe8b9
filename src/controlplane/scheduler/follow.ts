import { sleep } from '../../base/clock.ts'
import { KubeError } from '../../kube/client.ts'
import type { KubeObject } from '../../kube/objects.ts'
import type { SchedulerOptions } from './scheduler.ts'

/** Calls `handle` for all objects of a resource and every change, one after the other, until the signal aborts. A broken watch begins anew. */
export async function follow(
  resource: string,
  options: SchedulerOptions,
  handle: (type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject) => Promise<void> | void,
): Promise<void> {
  const { backend, signal, clock, log } = options
  while (!signal.aborted) {
    try {
      for await (const { type, object } of backend.watch({ resource }, { signal })) {
        try {
          await handle(type, object)
        } catch (error) {
          if (!signal.aborted) log.warn('a controller could not handle a change', { resource, name: object.metadata?.name, error: String(error) })
        }
      }
    } catch (error) {
      if (signal.aborted) return
      log.warn('a controller watches anew', { resource, error: String(error) })
    }
    await sleep(clock, 1000, signal).catch(() => {})
  }
}

/** The answer, or undefined when the server refused with one of `codes` (404 and 409 unless said). */
export async function unless<T>(call: Promise<T>, codes: readonly number[] = [404, 409]): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (error instanceof KubeError && codes.includes(error.code)) return undefined
    throw error
  }
}
