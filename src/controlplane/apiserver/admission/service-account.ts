import { randomBytes } from 'node:crypto'
import type { KubeObject, Pod } from '../../../kube/objects.ts'
import { allContainers } from '../../../kube/pod-defaults.ts'
import { found, isMirrorPod } from '../auth/node/bound.ts'
import { refuse } from '../auth/node/refuse.ts'
import { type Admission, resourceName } from '../resource.ts'

const tokenDirectory = '/var/run/secrets/kubernetes.io/serviceaccount'

interface ServiceAccount extends KubeObject {
  readonly automountServiceAccountToken?: boolean
  readonly secrets?: readonly { readonly name: string }[]
  readonly imagePullSecrets?: readonly { readonly name: string }[]
}

/** kube-apiserver's ServiceAccount: a pod runs as an account that is there, with its token and its pull secrets; which secrets an account may mount can be said. */
export const serviceAccount: Admission = async (request) => {
  const { operation, definition, subresource, object, namespace, context } = request
  if (operation !== 'CREATE' || resourceName(definition) !== 'pods' || subresource !== '') return
  const pod = object as Pod
  // A mirror pod has none: see `mirrorPodAdmission`.
  if (!pod.spec || isMirrorPod(pod)) return
  const name = pod.spec.serviceAccountName || 'default'
  pod.spec.serviceAccountName = name
  pod.spec.serviceAccount = name
  const account = await found<ServiceAccount>(context.backend, { resource: 'serviceaccounts', namespace, name })
  if (!account) return refuse(request, `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`)
  const automount = pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true
  if (automount) addTokenVolume(pod)
  const secrets = account.imagePullSecrets
  if (!pod.spec.imagePullSecrets?.length && secrets?.length) pod.spec.imagePullSecrets = secrets.map((secret) => ({ name: secret.name }))
  const why = unmountable(pod, account)
  if (why !== undefined) refuse(request, why)
}

/** The first secret of a pod that its account does not name, when only those may be mounted that it names. */
function unmountable({ spec }: Pod, { metadata, secrets = [], imagePullSecrets = [] }: ServiceAccount): string | undefined {
  if (metadata?.annotations?.['kubernetes.io/enforce-mountable-secrets'] !== 'true') return undefined
  const named = new Set(secrets.map(({ name }) => name))
  const end = `is not allowed because service account ${metadata.name} does not reference that secret`
  for (const { secret } of spec?.volumes ?? [])
    if (secret?.secretName && !named.has(secret.secretName)) return `volume with secret.secretName="${secret.secretName}" ${end}`
  for (const [kind, containers] of [
    ['init container', spec?.initContainers],
    ['container', spec?.containers],
  ] as const)
    for (const { name, env = [], envFrom = [] } of containers ?? []) {
      for (const variable of env) {
        const key = variable.valueFrom?.secretKeyRef?.name
        if (key && !named.has(key)) return `${kind} ${name} with envVar ${variable.name} referencing secret.secretName="${key}" ${end}`
      }
      for (const { secretRef } of envFrom)
        if (secretRef?.name && !named.has(secretRef.name)) return `${kind} ${name} with envFrom referencing secret.secretName="${secretRef.name}" ${end}`
    }
  const pulls = new Set(imagePullSecrets.map(({ name }) => name))
  const at = (spec?.imagePullSecrets ?? []).findIndex(({ name }) => !pulls.has(name ?? ''))
  if (at < 0) return undefined
  return `imagePullSecrets[${at}].name="${spec?.imagePullSecrets?.[at]?.name}" is not allowed because service account ${metadata.name} does not reference that imagePullSecret`
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
