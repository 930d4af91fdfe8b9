import type { ConfigMap } from '../../../kube/objects.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import { unless } from '../../scheduler/follow.ts'

const collection = { resource: 'configmaps', namespace: 'kube-system' }
const name = 'extension-apiserver-authentication'

/** The configMap by which other API servers, and whoever asks this one who calls, know whose client certificates are good: made, or brought up to date. */
export async function publishAuthentication(backend: ApiBackend, caPem: string): Promise<void> {
  const existing = (await unless(backend.get({ ...collection, name }))) as ConfigMap | undefined
  const data = { ...existing?.data, 'client-ca-file': caPem }
  const next: ConfigMap = { ...(existing ?? { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }), data }
  if (!existing) await unless(backend.create(collection, next))
  else if (existing.data?.['client-ca-file'] !== caPem) await unless(backend.update({ ...collection, name }, next))
}
