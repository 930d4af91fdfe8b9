import { randomBytes } from 'node:crypto'
import { KubeError } from '../../../../kube/client.ts'
import type { KubeObject, Pod } from '../../../../kube/objects.ts'
import { allContainers } from '../../../../kube/pod-defaults.ts'
import type { Admission } from '../../resource.ts'

const tokenDirectory = '/var/run/secrets/kubernetes.io/serviceaccount'

interface ServiceAccount extends KubeObject {
  readonly automountServiceAccountToken?: boolean
  readonly imagePullSecrets?: readonly { readonly name: string }[]
}

/**
 * What kube-apiserver's default admission plugins add to a new pod: service account, its token volume and its pull secrets (ServiceAccount),
 * and tolerations of 300 s (DefaultTolerationSeconds).
 */
export const admitPod: Admission = async ({ operation, definition, subresource, object, namespace, context }) => {
  if (operation !== 'CREATE' || definition.resource !== 'pods' || subresource !== '') return
  const pod = object as Pod
  if (!pod.spec) return
  addTolerations(pod)
  if (pod.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined) return
  const name = pod.spec.serviceAccountName || 'default'
  pod.spec.serviceAccountName = name
  pod.spec.serviceAccount = name
  const account = await find(() => context.backend.get({ resource: 'serviceaccounts', namespace, name }))
  if (!account) {
    const message = `pods ${JSON.stringify(pod.metadata?.name ?? '')} is forbidden: error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`
    throw new KubeError(message, 403, 'Forbidden')
  }
  const { automountServiceAccountToken, imagePullSecrets } = account as ServiceAccount
  const automount = pod.spec.automountServiceAccountToken ?? automountServiceAccountToken ?? true
  if (automount) addTokenVolume(pod)
  if (!pod.spec.imagePullSecrets?.length && imagePullSecrets?.length) pod.spec.imagePullSecrets = imagePullSecrets.map(({ name }) => ({ name }))
}

function addTokenVolume(pod: Pod): void {
  if (!pod.spec) return
  // Ephemeral containers get no token.
  const containers = allContainers({ ...pod.spec, ephemeralContainers: [] }).filter(
    (container) => !container.volumeMounts?.some(({ mountPath }) => mountPath === tokenDirectory),
  )
  if (containers.length === 0) return
  const name = `kube-api-access-${suffix()}`
  for (const container of containers) container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: tokenDirectory }]
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
  ]
  pod.spec.volumes = [...(pod.spec.volumes ?? []), { name, projected: { sources, defaultMode: 0o644 } }]
}

// The alphabet of generated names has no vowels, so that they spell nothing.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
const suffix = () => [...randomBytes(5)].map((byte) => alphabet[byte % alphabet.length]).join('')

function addTolerations(pod: Pod): void {
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerations = pod.spec?.tolerations ?? []
    if (tolerations.some((entry) => (!entry.key || entry.key === key) && (!entry.effect || entry.effect === 'NoExecute'))) continue
    if (pod.spec) pod.spec.tolerations = [...tolerations, { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }]
  }
}

async function find(get: () => Promise<KubeObject>): Promise<KubeObject | undefined> {
  try {
    return await get()
  } catch (error) {
    if (error instanceof KubeError && error.code === 404) return undefined
    throw error
  }
}
