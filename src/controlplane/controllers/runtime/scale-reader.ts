import type { KubeObject } from '../../../kube/objects.ts'
import { type ResourceDefinition, resourceName, type ScaleRule } from '../../apiserver/resource.ts'
import type { ApiBackend, CallOptions } from '../../apiserver/rest/backend.ts'
import type { ServedKinds } from '../../apiserver/rest/environment.ts'
import { type Scale, scaleNotFound, scaleOf } from '../../apiserver/rest/scale.ts'
import { noSuchResource } from '../../apiserver/rest/status-errors.ts'
import { unless } from '../../scheduler/follow.ts'

/** An object by its kind, as owner references and scale targets name it. */
export interface ObjectOfKind {
  readonly apiVersion?: string
  readonly kind: string
  readonly name: string
}

export interface ReadScale {
  readonly scale: Scale
  /** `deployments.apps`. */
  readonly resource: string
}

/** Reads and writes the scale of objects of any kind that is served, custom ones too. */
export class ScaleReader {
  readonly #backend: ApiBackend
  readonly #kinds: ServedKinds

  constructor(backend: ApiBackend, kinds: ServedKinds) {
    this.#backend = backend
    this.#kinds = kinds
  }

  /** The resource of a kind, of any version unless `exact`. Throws, in the words of Kubernetes' REST mapper, for one that is not served. */
  resourceOf({ apiVersion = '', kind }: ObjectOfKind, exact: boolean): ResourceDefinition {
    const parts = apiVersion.split('/')
    if (parts.length > 2) throw new Error(`unexpected GroupVersion string: ${apiVersion}`)
    const [group = '', version = ''] = parts.length === 2 ? parts : ['', apiVersion]
    const found = this.#kinds.all.find((each) => each.group === group && each.kind === kind && (!exact || each.version === version) && each.storagePrefix)
    if (found) return found
    throw new Error(`no matches for kind ${JSON.stringify(kind)} in ${exact ? 'version' : 'group'} ${JSON.stringify(exact ? apiVersion : group)}`)
  }

  /** Throws a 404 `KubeError` when the object is not there, or has no scale. */
  async read(definition: ResourceDefinition, namespace: string, name: string): Promise<ReadScale> {
    const resource = resourceName(definition)
    const object = await unless(this.#backend.get({ resource, namespace, name }), [404])
    const rule = this.#ruleOf(definition, object)
    if (!rule) throw noSuchResource()
    if (!object) throw scaleNotFound(definition, name)
    return { scale: scaleOf(rule, object), resource }
  }

  hasScale(definition: ResourceDefinition): boolean {
    return this.#ruleOf(definition, undefined) !== undefined
  }

  /** Throws a 409 `KubeError` when the object is another by now. */
  async write({ scale, resource }: ReadScale, replicas: number, call: CallOptions): Promise<void> {
    const { name = '', namespace } = scale.metadata ?? {}
    await this.#backend.update({ resource, namespace, name }, { ...scale, spec: { replicas } } as Scale, { ...call, subresource: 'scale' })
  }

  /** Of the version in which the object is shown: the versions of a custom kind may keep their replicas elsewhere. */
  #ruleOf(definition: ResourceDefinition, object: KubeObject | undefined): ScaleRule | undefined {
    const [version] = object?.apiVersion?.split('/').slice(-1) ?? []
    const same = ({ group, resource }: ResourceDefinition) => group === definition.group && resource === definition.resource
    const shown = version === undefined ? definition : (this.#kinds.all.find((each) => same(each) && each.version === version) ?? definition)
    return shown.subresources?.find(({ scale }) => scale)?.scale
  }
}
