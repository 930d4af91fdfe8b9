import type { ConfigMap } from '../../../kube/objects.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import { unless } from '../../scheduler/follow.ts'

const collection = { resource: 'configmaps', namespace: 'kube-system' }
const name = 'extension-apiserver-authentication'

/** How this server says who asks, as kubeadm sets kube-apiserver's --requestheader flags: lists in JSON. */
const requestHeaders = {
  'requestheader-allowed-names': '["front-proxy-client"]',
  'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
  'requestheader-group-headers': '["X-Remote-Group"]',
  'requestheader-uid-headers': '["X-Remote-Uid"]',
  'requestheader-username-headers': '["X-Remote-User"]',
}

/** The configMap by which other API servers, and whoever asks this one who calls, know whose client certificates are good: made, or brought up to date. */
export async function publishAuthentication(backend: ApiBackend, caPem: string, frontProxyCaPem?: string): Promise<void> {
  const existing = (await unless(backend.get({ ...collection, name }))) as ConfigMap | undefined
  const wanted = { 'client-ca-file': caPem, ...(frontProxyCaPem && { ...requestHeaders, 'requestheader-client-ca-file': frontProxyCaPem }) }
  const data = { ...existing?.data, ...wanted }
  const next: ConfigMap = { ...(existing ?? { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }), data }
  if (!existing) await unless(backend.create(collection, next))
  else if (Object.entries(wanted).some(([key, value]) => existing.data?.[key] !== value)) await unless(backend.update({ ...collection, name }, next))
}
