import type { KubeObject, PersistentVolume, PersistentVolumeClaim, Pod } from '../../kube/objects.ts'
import type { ApiBackend } from '../rest/backend.ts'
import { type Attributes, nodeNameOf, type User } from './user.ts'

export interface Decision {
  readonly allowed: boolean
  readonly reason?: string
}

const publicPaths = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/'])
const discovery = /^\/(api|apis|openapi|version|healthz|livez|readyz|\.well-known|openid)(\/|$)/
const allow: Decision = { allowed: true }
const deny: Decision = { allowed: false }

/** Whether `user` may do that: masters everything, nodes what a node needs, others discovery and questions about themselves. */
export async function authorize(user: User, asked: Attributes, backend: ApiBackend): Promise<Decision> {
  if (user.groups.includes('system:masters')) return allow
  if (asked.path !== undefined) {
    if (publicPaths.has(asked.path)) return allow
    return user.groups.includes('system:authenticated') && discovery.test(asked.path) ? allow : deny
  }
  if (asked.verb === 'create' && /^selfsubject/.test(asked.resource) && user.groups.includes('system:authenticated')) return allow
  if (user.groups.includes('system:bootstrappers') && allowedBy(bootstrapRules, asked)) return allow
  const node = nodeNameOf(user)
  return node === undefined ? deny : authorizeNode(node, asked, backend)
}

type Rules = Readonly<Record<string, readonly string[]>>

// ClusterRole system:node of Kubernetes 1.32; what needs the graph of pods and objects is below.
const nodeRules: Rules = {
  nodes: ['create', 'get', 'list', 'watch', 'delete', 'patch', 'update'],
  'nodes/status': ['patch', 'update', 'get'],
  pods: ['get', 'list', 'watch', 'create', 'delete'],
  'pods/status': ['patch', 'update'],
  'pods/eviction': ['create'],
  services: ['get', 'list', 'watch'],
  events: ['create', 'patch', 'update'],
  leases: ['get', 'create', 'update', 'patch', 'delete'],
  runtimeclasses: ['get', 'list', 'watch'],
  csidrivers: ['get', 'list', 'watch'],
  csinodes: ['get', 'create', 'update', 'patch', 'delete'],
  certificatesigningrequests: ['create', 'get', 'list', 'watch'],
  'certificatesigningrequests/selfnodeclient': ['create'],
  tokenreviews: ['create'],
  subjectaccessreviews: ['create'],
  localsubjectaccessreviews: ['create'],
  'serviceaccounts/token': ['create'],
  persistentvolumeclaims: ['get'],
  'persistentvolumeclaims/status': ['get', 'patch', 'update'],
  persistentvolumes: ['get'],
  volumeattachments: ['get'],
}

// ClusterRoles system:node-bootstrapper and system:certificates.k8s.io:certificatesigningrequests:nodeclient, which kubeadm binds to nodes that join.
const bootstrapRules: Rules = {
  certificatesigningrequests: ['create', 'get', 'list', 'watch'],
  'certificatesigningrequests/nodeclient': ['create'],
}

const allowedBy = (rules: Rules, { resource, subresource, verb }: Attributes) =>
  rules[subresource ? `${resource}/${subresource}` : resource]?.includes(verb) ?? false

async function authorizeNode(node: string, asked: Attributes, backend: ApiBackend): Promise<Decision> {
  const resource = asked.subresource ? `${asked.resource}/${asked.subresource}` : asked.resource
  if (resource === 'secrets' || resource === 'configmaps') return authorizeReference(node, asked, backend)
  if (resource === 'leases' && asked.namespace !== 'kube-node-lease') return deny
  return allowedBy(nodeRules, asked) ? allow : deny
}

async function authorizeReference(node: string, { verb, resource, namespace, name }: Attributes, backend: ApiBackend): Promise<Decision> {
  if (!['get', 'list', 'watch'].includes(verb) || !name) return { allowed: false, reason: `No Object name found` }
  const own = { fieldSelector: `spec.nodeName=${node}` }
  const pods = await backend.list({ resource: 'pods', namespace }, own)
  if (pods.items.some((item) => references(item as Pod, resource, name))) return allow
  // A volume's secret is mostly of its driver's namespace.
  if (resource === 'secrets' && (await volumesReference((await backend.list({ resource: 'pods' }, own)).items, { namespace, name }, backend))) return allow
  return { allowed: false, reason: `no relationship found between node '${node}' and this object` }
}

/** Whether a PersistentVolume that a claim of these pods is bound to names the secret for its driver. */
async function volumesReference(pods: readonly KubeObject[], secret: { namespace?: string; name: string }, backend: ApiBackend): Promise<boolean> {
  for (const { metadata, spec } of pods as readonly Pod[]) {
    for (const { name, persistentVolumeClaim, ephemeral } of spec?.volumes ?? []) {
      const claimName = persistentVolumeClaim?.claimName ?? (ephemeral ? `${metadata?.name}-${name}` : undefined)
      if (claimName === undefined) continue
      const claim = await found<PersistentVolumeClaim>(backend, { resource: 'persistentvolumeclaims', namespace: metadata?.namespace, name: claimName })
      const volume = claim?.spec?.volumeName
        ? await found<PersistentVolume>(backend, { resource: 'persistentvolumes', name: claim.spec.volumeName })
        : undefined
      const csi = volume?.spec?.csi
      const refs = [csi?.nodeStageSecretRef, csi?.nodePublishSecretRef, csi?.nodeExpandSecretRef]
      if (refs.some((ref) => ref?.name === secret.name && ref.namespace === secret.namespace)) return true
    }
  }
  return false
}

const found = async <T extends KubeObject>(backend: ApiBackend, at: Parameters<ApiBackend['get']>[0]): Promise<T | undefined> =>
  (await backend.get(at).catch(() => undefined)) as T | undefined

/** Whether the pod uses the configMap or secret of that name. */
export function references(pod: Pod, resource: string, name: string): boolean {
  const secret = resource === 'secrets'
  const { spec } = pod
  if (secret && spec?.imagePullSecrets?.some((entry) => entry.name === name)) return true
  for (const volume of spec?.volumes ?? []) {
    if (secret ? volume.secret?.secretName === name : volume.configMap?.name === name) return true
    if (volume.projected?.sources?.some((source) => (secret ? source.secret : source.configMap)?.name === name)) return true
    if (secret && [volume.csi?.nodePublishSecretRef, volume.flexVolume?.secretRef, volume.cephfs?.secretRef].some((ref) => ref?.name === name)) return true
  }
  for (const container of [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])]) {
    if (container.envFrom?.some((source) => (secret ? source.secretRef : source.configMapRef)?.name === name)) return true
    if (container.env?.some(({ valueFrom }) => (secret ? valueFrom?.secretKeyRef : valueFrom?.configMapKeyRef)?.name === name)) return true
  }
  return false
}
