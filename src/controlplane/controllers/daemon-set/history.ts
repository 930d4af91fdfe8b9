import type { ControllerRevision, DaemonSet, Pod, PodTemplateSpec } from '../../../kube/objects.ts'
import type { ApiBackend, CallOptions } from '../../apiserver/rest/backend.ts'
import { unless } from '../../scheduler/follow.ts'
import { podTemplateHash } from '../deployment/pod-template-hash.ts'
import { RevisionStore } from '../history/revision-store.ts'
import { choose, revisionLabel, textOf } from '../history/revisions.ts'
import type { ReplicaSetOptions } from '../replica-set/replica-sets.ts'

export interface DaemonRevisions {
  /** Of the present template. */
  readonly current: ControllerRevision
  /** The others, oldest first. */
  readonly old: readonly ControllerRevision[]
}

const merge = 'application/merge-patch+json'

/** The revisions of DaemonSets, which name their hash in a label. */
export class DaemonHistory {
  readonly store: RevisionStore
  readonly #backend: ApiBackend
  readonly #call: CallOptions

  constructor(options: ReplicaSetOptions, call: CallOptions) {
    this.store = new RevisionStore(options, 'DaemonSet', call)
    this.#backend = options.backend
    this.#call = call
  }

  /** Makes the revision of the present template, or brings it back, where it is not the newest. Throws where another state has its name, to be asked again. */
  async of(set: DaemonSet, pods: readonly Pod[]): Promise<DaemonRevisions> {
    const template: PodTemplateSpec = set.spec?.template ?? {}
    const revisions = await Promise.all((await this.store.of(set)).map((revision) => this.#labelled(revision)))
    const { choice, duplicates } = choose(revisions, textOf(template))
    if (choice.do === 'create') return { current: await this.#create(set, template, choice.number), old: revisions }
    const { revision } = choice
    if (duplicates.length > 0) await this.#merge(duplicates, revision, pods)
    const old = revisions.filter((each) => each !== revision && !duplicates.includes(each))
    return { current: choice.do === 'renumber' ? await this.store.renumber(revision, choice.number) : revision, old }
  }

  /** One that has no label of its hash gets its name for it. */
  async #labelled(revision: ControllerRevision): Promise<ControllerRevision> {
    const { labels, name, uid } = revision.metadata ?? {}
    if (labels?.[revisionLabel] !== undefined) return revision
    return (await this.store.patch(revision, { metadata: { uid, labels: { [revisionLabel]: name } } })) ?? revision
  }

  async #create(set: DaemonSet, template: PodTemplateSpec, number: number): Promise<ControllerRevision> {
    const { collisionCount } = set.status ?? {}
    const hash = podTemplateHash(template, collisionCount)
    const made = await this.store.create(set, { template, hash, hashLabel: revisionLabel, number })
    if (made) return made
    const { name = '', namespace } = set.metadata ?? {}
    const next = { ...set, status: { ...set.status, collisionCount: (collisionCount ?? 0) + 1 } } as DaemonSet
    await this.#backend.update({ resource: 'daemonsets.apps', namespace, name }, next, { ...this.#call, subresource: 'status' })
    throw new Error(`a revision of another state has the name ${name}-${hash}; trying the next one`)
  }

  /** The pods of revisions that keep the same are of one. */
  async #merge(duplicates: readonly ControllerRevision[], { metadata }: ControllerRevision, pods: readonly Pod[]): Promise<void> {
    const hash = metadata?.labels?.[revisionLabel]
    const hashes = new Set(duplicates.map((each) => each.metadata?.labels?.[revisionLabel]))
    for (const pod of pods) {
      const { name = '', namespace, labels, uid } = pod.metadata ?? {}
      if (!hashes.has(labels?.[revisionLabel])) continue
      const patch = { metadata: { uid, labels: { [revisionLabel]: hash } } }
      await unless(this.#backend.patch({ resource: 'pods', namespace, name }, merge, patch, this.#call))
    }
    for (const revision of duplicates) await this.store.remove(revision)
  }
}
