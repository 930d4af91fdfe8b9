import { own } from '../../../base/own.ts'

/** How the items of a list are told apart when two lists are merged. */
export interface ListKeys {
  /** For strategic merge patches: the field that names an item; none for sets of scalars. */
  readonly mergeKey?: string
  readonly strategy?: 'merge' | 'merge,retainKeys' | 'retainKeys'
  /** For server-side apply: `map` with keys, or `set`. A list named nowhere is atomic. */
  readonly listType?: 'map' | 'set' | 'atomic'
  readonly listMapKeys?: readonly string[]
}

const byKey = (mergeKey: string, listMapKeys: readonly string[] = [mergeKey]): ListKeys => ({ mergeKey, strategy: 'merge', listType: 'map', listMapKeys })
const set: ListKeys = { strategy: 'merge', listType: 'set' }

/** From the `patchMergeKey`, `listType` and `listMapKey` tags of the Kubernetes 1.32 API types, by model and field. */
const table: Readonly<Record<string, ListKeys>> = {
  'V1ObjectMeta.ownerReferences': byKey('uid'),
  'V1ObjectMeta.finalizers': set,
  'V1PodSpec.containers': byKey('name'),
  'V1PodSpec.initContainers': byKey('name'),
  'V1PodSpec.ephemeralContainers': byKey('name'),
  'V1PodSpec.volumes': { ...byKey('name'), strategy: 'merge,retainKeys' },
  'V1PodSpec.imagePullSecrets': byKey('name'),
  'V1PodSpec.hostAliases': byKey('ip'),
  'V1PodSpec.topologySpreadConstraints': byKey('topologyKey', ['topologyKey', 'whenUnsatisfiable']),
  'V1PodSpec.resourceClaims': { ...byKey('name'), strategy: 'merge,retainKeys' },
  'V1PodSpec.schedulingGates': byKey('name'),
  'V1PodStatus.conditions': byKey('type'),
  'V1PodStatus.podIPs': byKey('ip'),
  'V1PodStatus.hostIPs': { mergeKey: 'ip', strategy: 'merge', listType: 'atomic' },
  'V1PodStatus.resourceClaimStatuses': { ...byKey('name'), strategy: 'merge,retainKeys' },
  'V1NodeStatus.conditions': byKey('type'),
  'V1NodeStatus.addresses': byKey('type'),
  'V1NodeSpec.podCIDRs': set,
  'V1NamespaceStatus.conditions': byKey('type'),
  'V1ServiceSpec.ports': byKey('port', ['port', 'protocol']),
  'V1ServiceStatus.conditions': byKey('type'),
  'V1ServiceAccount.secrets': byKey('name'),
  'V1PersistentVolumeClaimStatus.conditions': byKey('type'),
  'V1CSINodeSpec.drivers': byKey('name'),
  'V1CertificateSigningRequestStatus.conditions': { listType: 'map', listMapKeys: ['type'] },
  'V1EndpointSlice.endpoints': { listType: 'atomic' },
  'V1TopologySelectorTerm.matchLabelExpressions': { listType: 'atomic' },
}

const containers: Readonly<Record<string, ListKeys>> = {
  env: byKey('name'),
  ports: byKey('containerPort', ['containerPort', 'protocol']),
  volumeMounts: byKey('mountPath'),
  volumeDevices: byKey('devicePath'),
}

/** The keys of the list `field` of `model`, if it is not atomic. */
export function listKeys(model: string, field: string): ListKeys | undefined {
  if (model === 'V1Container' || model === 'V1EphemeralContainer') return own(containers, field)
  return table[`${model}.${field}`]
}
