import { KubeError } from '../../../kube/client.ts'
import { selectorMatches } from '../../../kube/label-selector.ts'
import type { ControllerRevision, KubeObject, LabelSelector, PodTemplateSpec } from '../../../kube/objects.ts'
import type { ApiBackend, CallOptions } from '../../apiserver/rest/backend.ts'
import { unless } from '../../scheduler/follow.ts'
import { adoption, claim, controllerReference, release } from '../runtime/claim.ts'
import { controllerOf, type Informer, type Informers } from '../runtime/informer.ts'
import { dataOf, hasData, inOrder, revisionName, textOf } from './revisions.ts'

/** A set that keeps a history. */
export interface Owner extends KubeObject {
  readonly spec?: { readonly selector?: LabelSelector; readonly template?: PodTemplateSpec }
}

export interface NewRevision {
  readonly template: PodTemplateSpec
  readonly hash: string
  /** The label that says the hash. */
  readonly hashLabel: string
  readonly number: number
}

const resource = 'controllerrevisions.apps'
const strategic = 'application/strategic-merge-patch+json'

/** The ControllerRevisions of the sets of a kind. */
export class RevisionStore {
  readonly revisions: Informer<ControllerRevision>
  readonly #backend: ApiBackend
  readonly #call: CallOptions
  readonly #kind: string

  /** `kind` is of the group apps/v1. */
  constructor({ backend, informers }: { readonly backend: ApiBackend; readonly informers: Informers }, kind: string, call: CallOptions) {
    this.revisions = informers.of<ControllerRevision>(resource)
    this.#backend = backend
    this.#call = call
    this.#kind = kind
  }

  /** Those of a set in their order, with what it adopts; what it does not select any more is let go. */
  async of(owner: Owner): Promise<ControllerRevision[]> {
    const { uid = '', namespace = '' } = owner.metadata ?? {}
    const candidates = [...this.revisions.managedBy(uid), ...this.revisions.orphansIn(namespace)]
    const { owned, adopt, release: released } = claim(owner, candidates, ({ metadata }) => selectorMatches(owner.spec?.selector, metadata?.labels))
    for (const revision of released) await this.patch(revision, release(revision, owner))
    for (const revision of adopt) await this.patch(revision, adoption(revision, this.#reference(owner)))
    return inOrder(owned)
  }

  /**
   * Makes a revision; one of its name that keeps the same is as good. Undefined when the name is taken by another state, so that another hash is needed.
   * Throws while it is still that of a set of the same name that is gone.
   */
  async create(owner: Owner, { template, hash, hashLabel, number }: NewRevision): Promise<ControllerRevision | undefined> {
    const { name: ownName = '', namespace, annotations, uid } = owner.metadata ?? {}
    const name = revisionName(ownName, hash)
    const labels = { ...template.metadata?.labels, [hashLabel]: hash }
    const metadata = { name, namespace, labels, ...(annotations && { annotations }), ownerReferences: [this.#reference(owner)] }
    const revision = structuredClone({ apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata, data: dataOf(template), revision: number })
    try {
      return (await this.#backend.create({ resource, namespace }, revision as ControllerRevision, this.#call)) as ControllerRevision
    } catch (error) {
      if (!(error instanceof KubeError) || error.reason !== 'AlreadyExists') throw error
      const there = (await this.#backend.get({ resource, namespace, name })) as ControllerRevision
      const controller = controllerOf(there)
      const isOurs = !controller || controller.uid === uid
      if (isOurs && hasData(there, textOf(template))) return there
      if (!isOurs && controller.kind === this.#kind && controller.name === ownName) throw error
      return undefined
    }
  }

  async renumber(revision: ControllerRevision, number: number): Promise<ControllerRevision> {
    return (await this.patch(revision, { metadata: { uid: revision.metadata?.uid }, revision: number })) ?? revision
  }

  async patch(revision: ControllerRevision, patch: object): Promise<ControllerRevision | undefined> {
    const { name = '', namespace } = revision.metadata ?? {}
    return (await unless(this.#backend.patch({ resource, namespace, name }, strategic, patch, this.#call))) as ControllerRevision | undefined
  }

  async remove({ metadata }: ControllerRevision): Promise<void> {
    const { name = '', namespace, uid } = metadata ?? {}
    await unless(this.#backend.delete({ resource, namespace, name }, { preconditions: { uid } }, this.#call))
  }

  #reference(owner: Owner) {
    return controllerReference('apps/v1', this.#kind, owner)
  }
}
