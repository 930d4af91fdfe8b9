import { dirname, join } from 'node:path'
import { type Clock, sleep } from '../../../src/base/clock.ts'
import type { Logger } from '../../../src/base/log.ts'
import { makeDirectory } from '../../../src/base/make-directory.ts'
import { readStateFile, writeStateFile } from '../../../src/base/state-file.ts'
import type { ContainerEngine, PodIdentity } from '../../../src/engine/engine.ts'
import { parseJson, writeJson } from '../../../src/json/exact.ts'
import { isRecord } from '../../../src/kube/answers/type-check.ts'
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
  readonly #uids: Map<string, string>
  readonly #note: (uids: ReadonlyMap<string, string>) => void

  /** `noted`: what `note` was told by the agent before. */
  constructor(
    found: ReadonlyMap<string, FoundStaticPod>,
    noted: ReadonlyMap<string, string> = new Map(),
    note: (uids: ReadonlyMap<string, string>) => void = () => {},
  ) {
    this.#found = found
    const running = new Set<string>([...found.values()].map(({ uid }) => uid))
    this.#uids = new Map([...noted].filter(([, uid]) => running.has(uid)))
    this.#note = note
  }

  /** The pod under the uid that it runs with, where its manifest is the one that the agent before had. `changedAt`: of its file, wall-clock ms. */
  known(pod: Pod, changedAt: number): Pod {
    const own = pod.metadata?.uid ?? ''
    const found = this.#found.get(nameOf(pod))
    if (found && found.uid !== own && changedAt <= found.seen && this.#uids.get(own) !== found.uid) {
      this.#uids.set(own, found.uid)
      this.#note(this.#uids)
    }
    const uid = this.#uids.get(own)
    if (uid === undefined || uid === own) return pod
    return { ...pod, metadata: { ...pod.metadata, uid, annotations: { ...pod.metadata?.annotations, 'kubernetes.io/config.hash': uid } } }
  }
}

/** `{ "<uid of the content>": "<uid it runs with>" }`, so that a manifest that is touched later is no other pod after a restart of the agent. */
export class NotedUids {
  readonly #path: string
  readonly #log: Logger
  #writing: Promise<void> = Promise.resolve()

  constructor(rootDirectory: string, log: Logger) {
    this.#path = join(rootDirectory, 'podsteward/static-pods.json')
    this.#log = log
  }

  /** None where there is no such file, or it cannot be read. */
  async read(): Promise<ReadonlyMap<string, string>> {
    const read = readStateFile(this.#path, (text) => new Map(Object.entries(uidsIn(parseJson(text)))), this.#log)
    return (await read.catch((error: unknown) => this.#complain(error))) ?? new Map()
  }

  /** What cannot be written is said; the node goes on without. */
  readonly write = (uids: ReadonlyMap<string, string>): void => {
    const text = writeJson(Object.fromEntries(uids))
    this.#writing = this.#writing.then(async () => {
      await makeDirectory(dirname(this.#path), 0o700)
      await writeStateFile(this.#path, text)
    })
    this.#writing = this.#writing.catch((error: unknown) => this.#complain(error))
  }

  #complain(error: unknown): undefined {
    this.#log.warn('the uids of static pods of an agent before cannot be kept', {
      file: this.#path,
      error: error instanceof Error ? error.message : String(error),
    })
  }
}

function uidsIn(value: unknown): Record<string, string> {
  if (!isRecord(value) || !Object.values(value).every((uid) => typeof uid === 'string')) throw new Error('must be a map of uids')
  return value as Record<string, string>
}

/** Asks until the engine has told: a static pod that is not known again would be run anew. Ends empty when aborted. */
export async function findStaticPods(
  engine: Pick<ContainerEngine, 'listPods' | 'podState'>,
  nodeName: string,
  { clock, log, signal, noted }: { readonly clock: Clock; readonly log: Logger; readonly signal: AbortSignal; readonly noted?: NotedUids },
): Promise<FoundStaticPods> {
  for (let told = false; !signal.aborted; told = true) {
    try {
      return new FoundStaticPods(await staticPodsOf(engine, nodeName), await noted?.read(), noted?.write)
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
