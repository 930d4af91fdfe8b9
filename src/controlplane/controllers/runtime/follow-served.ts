import { type Clock, sleep } from '../../../base/clock.ts'
import type { Logger } from '../../../base/log.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import { type ResourceDefinition, resourceName } from '../../apiserver/resource.ts'
import type { ApiBackend, BackendEvent } from '../../apiserver/rest/backend.ts'
import type { ServedKinds } from '../../apiserver/rest/environment.ts'

export interface FollowOptions {
  readonly backend: ApiBackend
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Who follows the objects of many kinds. Its methods must not throw, and hold nobody up. */
export interface KindFollower {
  /** Of what is stored and can be listed and watched. */
  wants(kind: ResourceDefinition): boolean
  /** All objects that there are: at the beginning, when changes were missed, and none when the kind is served no more. */
  reset(resource: string, objects: readonly KubeObject[]): void
  change(resource: string, type: BackendEvent['type'], object: KubeObject): void
}

const againMs = 1000

/** Follows every kind that is wanted, those too that come to be served later, until the signal aborts. All of the first are read before any is followed. */
export async function followServed(kinds: ServedKinds, options: FollowOptions, follower: KindFollower): Promise<void> {
  const { signal, backend } = options
  const followed = new Set<string>()
  const following = new Set<Promise<void>>()
  const wanted = () => {
    const each = kinds.all.filter((kind) => isFollowable(kind) && follower.wants(kind))
    return new Set(new Map(each.map((kind) => [kind.storagePrefix, resourceName(kind)])).values())
  }
  const read = async (resource: string): Promise<string> => {
    const { items, resourceVersion } = await backend.list({ resource })
    follower.reset(resource, items)
    return resourceVersion
  }
  const begin = (resource: string, version: string | undefined) => {
    const done = followOne(resource, version, options, follower, read, () => wanted().has(resource)).finally(() => {
      following.delete(done)
      followed.delete(resource)
    })
    following.add(done)
  }
  const beginNew = () => {
    for (const resource of wanted()) {
      if (followed.has(resource)) continue
      followed.add(resource)
      begin(resource, undefined)
    }
  }
  const first = [...wanted()]
  for (const resource of first) followed.add(resource)
  const versions = await Promise.all(first.map(read))
  for (const [index, resource] of first.entries()) begin(resource, versions[index])
  const stopListening = kinds.onChange(beginNew)
  beginNew()
  await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })))
  stopListening()
  await Promise.all(following)
}

async function followOne(
  resource: string,
  version: string | undefined,
  { backend, signal, clock, log }: FollowOptions,
  follower: KindFollower,
  read: (resource: string) => Promise<string>,
  isServed: () => boolean,
): Promise<void> {
  let resourceVersion = version
  while (!signal.aborted) {
    if (!isServed()) return follower.reset(resource, [])
    try {
      resourceVersion ??= await read(resource)
      for await (const { type, object } of backend.watch({ resource }, { resourceVersion, signal })) follower.change(resource, type, object)
    } catch (error) {
      if (signal.aborted) return
      if (isServed()) {
        log.warn('a controller reads anew', { resource, error: String(error) })
        await sleep(clock, againMs, signal).catch(() => {})
      }
    }
    resourceVersion = undefined
  }
}

const isFollowable = ({ storagePrefix, verbs }: ResourceDefinition): boolean => storagePrefix !== undefined && verbs.includes('list') && verbs.includes('watch')
