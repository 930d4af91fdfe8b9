import { type Clock, sleep } from '../../../src/base/clock.ts'
import type { Logger } from '../../../src/base/log.ts'
import type { ContainerEngine, PodIdentity } from '../../../src/engine/engine.ts'
import type { PodUid } from '../../../src/kube/ids.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { annotationNames } from '../../pod/container-config/labels.ts'
import { nameOf } from './known-pods.ts'

const retryMs = 1_000

/** A static pod that the engine has from an agent before. */
export interface FoundStaticPod {
  readonly uid: PodUid
  /** When that agent first saw its manifest, wall-clock ms. */
  readonly seen: number
}

/**
 * Static pods of an agent before, by namespace and name. A kubelet makes their uid of what its own structures in memory look like, which nobody else can: its
 * pods are known again by their manifests, which have not changed since it saw them.
 */
export class FoundStaticPods {
  readonly #found: ReadonlyMap<string, FoundStaticPod>
  /** Which uid a content has: it keeps it though its file is written again. */
  readonly #uids = new Map<string, string>()

  constructor(found: ReadonlyMap<string, FoundStaticPod>) {
    this.#found = found
  }

  /** The pod under the uid that it runs with, where its manifest is the one that the agent before had. `changedAt`: of its file, wall-clock ms. */
  known(pod: Pod, changedAt: number): Pod {
    const own = pod.metadata?.uid ?? ''
    const found = this.#found.get(nameOf(pod))
    if (found && changedAt <= found.seen) this.#uids.set(own, found.uid)
    const uid = this.#uids.get(own)
    if (uid === undefined || uid === own) return pod
    return { ...pod, metadata: { ...pod.metadata, uid, annotations: { ...pod.metadata?.annotations, 'kubernetes.io/config.hash': uid } } }
  }
}

/** Asks until the engine has told: a static pod that is not known again would be run anew. Ends empty when aborted. */
export async function findStaticPods(
  engine: Pick<ContainerEngine, 'listPods' | 'podState'>,
  nodeName: string,
  { clock, log, signal }: { readonly clock: Clock; readonly log: Logger; readonly signal: AbortSignal },
): Promise<FoundStaticPods> {
  for (let told = false; !signal.aborted; told = true) {
    try {
      return new FoundStaticPods(await staticPodsOf(engine, nodeName))
    } catch (error) {
      if (!told) log.warn('static pods wait for the engine to tell which of them run', { error: error instanceof Error ? error.message : String(error) })
      await sleep(clock, retryMs, signal).catch(() => {})
    }
  }
  return new FoundStaticPods(new Map())
}

async function staticPodsOf(engine: Pick<ContainerEngine, 'listPods' | 'podState'>, nodeName: string): Promise<Map<string, FoundStaticPod>> {
  const ending = `-${nodeName.toLowerCase()}`
  const found = new Map<string, FoundStaticPod>()
  for (const { pod } of await engine.listPods()) {
    if (!pod.name.endsWith(ending)) continue
    const seen = await seenAt(engine, pod)
    const name = `${pod.namespace}/${pod.name}`
    if (seen !== undefined && seen > (found.get(name)?.seen ?? Number.NEGATIVE_INFINITY)) found.set(name, { uid: pod.uid, seen })
  }
  return found
}

/** Undefined of what is no static pod of a file. */
async function seenAt(engine: Pick<ContainerEngine, 'podState'>, { uid }: PodIdentity): Promise<number | undefined> {
  const annotations = (await engine.podState(uid)).sandboxes[0]?.annotations
  if (annotations?.[annotationNames.configSource] !== 'file') return undefined
  const seen = Date.parse(annotations[annotationNames.configSeen] ?? '')
  return Number.isNaN(seen) ? undefined : seen
}
