import type { ApiBackend } from '../controlplane/apiserver/rest/backend.ts'
import { copyJson } from '../json/copy.ts'
import { KubeError } from '../kube/client.ts'
import type { KubeObject } from '../kube/objects.ts'
import { isSo, misspelt } from './known-conditions.ts'
import { whatItIsStuckOn } from './stuck.ts'
import type { NamedObject } from './targets.ts'

/** What is waited for did not come. The message says what it is stuck on. */
export class WaitError extends Error {
  override readonly name = 'WaitError'
}

/** The name of a condition that is to be True (`Ready`, `Available`), a phase (`Succeeded`), `Deleted`, or a test of the object. */
export type Awaited<T extends KubeObject> = string | ((object: T) => boolean)

export interface WaitOptions {
  /** Real milliseconds, whatever the cluster's clock does; default 10 000. */
  readonly timeoutMs?: number
  /** Of `pod/name`; default `default`. */
  readonly namespace?: string
}

/** Watches one object until it is as awaited, and returns it; undefined when it was to be deleted. */
export async function waitFor<T extends KubeObject>(
  backend: ApiBackend,
  what: string,
  target: NamedObject,
  awaited: Awaited<T>,
  { timeoutMs = 10_000 }: WaitOptions,
  hint: () => string | undefined,
): Promise<T | undefined> {
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), timeoutMs)
  const options = { fieldSelector: `metadata.name=${target.name}`, signal: timeout.signal }
  let last: KubeObject | undefined
  try {
    last = await backend.get(target).catch((error: unknown) => {
      if (error instanceof KubeError && error.code === 404) return undefined
      throw error
    })
    if (last === undefined && awaited === 'Deleted') return undefined
    for await (const event of backend.watch(target, options)) {
      last = event.type === 'DELETED' ? undefined : event.object
      if (awaited === 'Deleted') {
        if (event.type === 'DELETED') return undefined
      } else if (event.type !== 'DELETED' && holds(target.resource, event.object as T, awaited)) return copyJson(event.object) as T
    }
  } finally {
    clearTimeout(timer)
  }
  const wanted = typeof awaited === 'string' ? awaited : 'as awaited'
  const why = await whatItIsStuckOn(backend, target, last)
  const hints = [typeof awaited === 'string' ? misspelt(target.resource, last, awaited) : undefined, hint()].filter((each) => each !== undefined)
  throw new WaitError(
    [`${what}${target.namespace ? ` (namespace ${target.namespace})` : ''} is not ${wanted} after ${timeoutMs} ms: ${why}`, ...hints].join('\n'),
  )
}

const holds = <T extends KubeObject>(resource: string, object: T, awaited: Awaited<T>): boolean =>
  typeof awaited === 'function' ? awaited(object) : isSo(resource, object, awaited)
