import { KubeError } from '../../../kube/client.ts'
import type { KubeObject, Status } from '../../../kube/objects.ts'
import { modelOfKind } from '../../../kube/types/models.ts'
import type { ResourceDefinition, SubresourceDefinition } from '../resource.ts'
import type { DeleteOptions, Selection } from './backend.ts'
import { answered, createObject } from './create.ts'
import { type DecodedKind, decodeObject } from './decode.ts'
import { deleteObject } from './delete.ts'
import { admit, admitConnect, idOf, prefixOf, type RestEnvironment, type Target, type WriteContext, whenAdmitted } from './environment.ts'
import { evictPod } from './evict.ts'
import { type ListPage, listObjects } from './list.ts'
import { type PatchOutcome, type PatchRequest, patchObject } from './patch.ts'
import { bindPod } from './pod-subresources.ts'
import { scaleNotFound, scaleOf } from './scale.ts'
import { patchScale, updateScale } from './scale-verbs.ts'
import { methodNotAllowed, noSuchResource, notFound } from './status-errors.ts'
import { checkUid, updateObject } from './update.ts'

/** The verbs of the API on any kind. All throw `KubeError`. */
export class Verbs {
  readonly #environment: RestEnvironment

  constructor(environment: RestEnvironment) {
    this.#environment = environment
  }

  get(target: Target, subresource?: string): KubeObject {
    const { definition, name } = target
    const entry = this.#environment.store.get(prefixOf(definition), idOf(target))
    const scale = subresource ? this.subresource(definition, subresource).scale : undefined
    if (!entry) throw scale ? scaleNotFound(definition, name) : notFound(definition, name)
    const object = definition.fromStorage?.(entry.object) ?? entry.object
    return scale ? scaleOf(scale, object) : object
  }

  create(target: Target, body: unknown, context: WriteContext): Promise<KubeObject> {
    allow(target.definition, 'create')
    return createObject(this.#environment, target, body, context)
  }

  async update(target: Target, body: unknown, context: WriteContext, subresource?: string): Promise<PatchOutcome> {
    const { definition } = target
    const allowed = subresource ? this.subresource(definition, subresource).verbs : definition.verbs
    if (!allowed.includes('update')) throw methodNotAllowed()
    const scale = subresource ? this.subresource(definition, subresource).scale : undefined
    if (scale) return updateScale(this.#environment, target, scale, body, context)
    const exists = this.#environment.store.get(prefixOf(definition), idOf(target)) !== undefined
    if (!exists && definition.createsOnUpdate && !subresource) {
      const named = { ...(body as KubeObject), metadata: { ...(body as KubeObject).metadata, name: target.name } }
      return { object: await createObject(this.#environment, target, named, context), created: true }
    }
    const change = (old: KubeObject) => {
      checkUid(target, body, old)
      return body
    }
    return { object: await updateObject(this.#environment, target, change, context, { subresource }), created: false }
  }

  patch(target: Target, request: PatchRequest, context: WriteContext): Promise<PatchOutcome> {
    const { definition } = target
    const allowed = request.subresource ? this.subresource(definition, request.subresource).verbs : definition.verbs
    if (!allowed.includes('patch')) throw methodNotAllowed()
    const scale = request.subresource ? this.subresource(definition, request.subresource).scale : undefined
    if (scale) return patchScale(this.#environment, target, scale, request, context)
    return patchObject(this.#environment, target, request, context)
  }

  delete(target: Target, options: DeleteOptions, context: WriteContext): Promise<KubeObject | Status> {
    allow(target.definition, 'delete')
    return deleteObject(this.#environment, target, options, context)
  }

  async deleteCollection(target: Target, selection: Selection, options: DeleteOptions, context: WriteContext): Promise<ListPage> {
    const { definition, namespace } = target
    allow(definition, 'deletecollection')
    const found = listObjects(this.#environment.store, definition, namespace, selection)
    const items: KubeObject[] = []
    for (const object of found.items) {
      const { name = '', namespace: within = '' } = object.metadata ?? {}
      try {
        const deleted = await deleteObject(this.#environment, { definition, namespace: within, name }, options, context)
        items.push(deleted.kind === 'Status' ? object : (deleted as KubeObject))
      } catch (error) {
        // Someone else deleted it meanwhile.
        if (!(error instanceof KubeError && error.code === 404)) throw error
      }
    }
    return { items, metadata: { resourceVersion: String(this.#environment.store.revision) } }
  }

  /** POST to a path below an object. */
  async createSubresource(target: Target, name: string, body: unknown, context: WriteContext): Promise<KubeObject | Status> {
    const subresource = this.subresource(target.definition, name)
    if (!subresource.verbs.includes('create')) throw methodNotAllowed()
    const { group, version, model } = this.bodyOf(target.definition, name)
    const decoded = decodeObject(this.bodyOf(target.definition, name), body, context)
    if (name === 'binding') return bindPod(this.#environment, target, decoded, context)
    if (name === 'eviction') return evictPod(this.#environment, target, decoded, context)
    if (!subresource.create) throw methodNotAllowed()
    const parent = this.get(target)
    const { definition, namespace } = target
    const request = { operation: 'CREATE', definition, subresource: name, namespace, name: target.name, object: decoded, old: parent, context } as const
    await admit(this.#environment, request)
    const { create } = subresource
    const answer = await whenAdmitted(this.#environment, request, () => create(decoded, parent, context))
    return answered({ group, version, model }, answer, decoded, context, name)
  }

  /** Lets a connection to a subresource (exec, proxy) be made, or refuses it; `options` is what it is asked with, such as `PodExecOptions`. */
  async connect({ definition, namespace, name }: Target, subresource: string, options: KubeObject, context: WriteContext): Promise<void> {
    await admitConnect(this.#environment, { operation: 'CONNECT', definition, subresource, namespace, name, object: options, context })
  }

  /** What is sent to a subresource by POST. */
  bodyOf(definition: ResourceDefinition, name: string): DecodedKind {
    const { group = definition.group, version = definition.version, kind } = this.subresource(definition, name)
    return { group, version, kind, model: modelOfKind({ group, version, kind }) }
  }

  /** Throws a 404 for one that the kind does not have. */
  subresource(definition: ResourceDefinition, name: string): SubresourceDefinition {
    const found = definition.subresources?.find((entry) => entry.name === name)
    if (!found) throw noSuchResource()
    return found
  }
}

function allow(definition: ResourceDefinition, verb: string): void {
  if (!definition.verbs.includes(verb)) throw methodNotAllowed()
}
