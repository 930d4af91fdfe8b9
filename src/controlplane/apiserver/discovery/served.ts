/** What discovery and the documents need to know of a served resource. */
export interface ServedResource {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  /** Plural, as in paths. */
  readonly resource: string
  readonly singular: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly subresources?: readonly ServedSubresource[]
}

export interface ServedSubresource {
  readonly name: string
  readonly kind: string
  readonly verbs: readonly string[]
  /** Served only when this feature gate is on, as with a kube-apiserver. */
  readonly featureGate?: string
  /** When the body's kind is of another group than the resource. */
  readonly group?: string
  readonly version?: string
}

/** All verbs of a stored resource, in the order discovery lists them. */
export const storedVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const
/** `v1`, `coordination.k8s.io/v1`. */
export const groupVersion = ({ group, version }: { group: string; version: string }) => (group ? `${group}/${version}` : version)

/** Gates that are on unless told otherwise, as with a kube-apiserver 1.33 and later. */
export const defaultGates: ReadonlySet<string> = new Set(['InPlacePodVerticalScaling'])

/** The resource without what is behind gates that are not on. */
export function withGates<T extends ServedResource>(resource: T, gates: ReadonlySet<string>): T {
  const isOn = ({ featureGate }: ServedSubresource) => featureGate === undefined || gates.has(featureGate)
  return resource.subresources?.every(isOn) === false ? { ...resource, subresources: resource.subresources.filter(isOn) } : resource
}
