import { ManualClock } from '../../src/base/manual-clock.ts'
import type { AdmissionHooks } from '../../src/controlplane/apiserver/admission/hooks.ts'
import { storedDefinitions } from '../../src/controlplane/apiserver/kinds/definitions.ts'
import type { Admission, ResourceDefinition, ValidatingAdmission } from '../../src/controlplane/apiserver/resource.ts'
import type { ApiBackend } from '../../src/controlplane/apiserver/rest/backend.ts'
import { DefinitionIndex } from '../../src/controlplane/apiserver/rest/environment.ts'
import { LocalBackend } from '../../src/controlplane/apiserver/rest/local-backend.ts'
import { MemoryStorage } from '../../src/controlplane/apiserver/storage/memory-storage.ts'
import { ObjectStore } from '../../src/controlplane/apiserver/storage/object-store.ts'
import type { Storage } from '../../src/controlplane/apiserver/storage/storage.ts'
import { ensurePolicy } from '../../src/controlplane/controllers/rbac/ensure-policy.ts'
import type { KubeObject } from '../../src/kube/objects.ts'

/** A store with the namespace `default` and the verbs over it: no HTTP, no controllers, no admission unless given. */
export async function makeBackend(
  options: {
    storage?: Storage
    window?: number
    admissions?: readonly Admission[]
    validations?: readonly ValidatingAdmission[]
    last?: readonly ValidatingAdmission[]
    definitions?: readonly ResourceDefinition[]
    hooks?: AdmissionHooks
  } = {},
) {
  const definitions = new DefinitionIndex(options.definitions ?? storedDefinitions({}))
  const store = new ObjectStore(
    options.storage ?? new MemoryStorage(),
    definitions.all.flatMap(({ storagePrefix }) => (storagePrefix ? [storagePrefix] : [])),
    options.window,
  )
  await store.start()
  const clock = new ManualClock()
  const { admissions: mutating = [], validations: validating = [], hooks, last } = options
  const backend = new LocalBackend({ store, definitions, admission: { mutating, validating, ...(hooks && { hooks }), ...(last && { last }) }, clock })
  if (!store.get('namespaces', 'default')) await backend.create({ resource: 'namespaces' }, { metadata: { name: 'default' } })
  return { store, definitions, backend, clock }
}

/** A pod as a client writes it. */
export function aPod(
  name: string,
  over: { labels?: Record<string, string>; nodeName?: string; finalizers?: string[]; generateName?: string } = {},
): KubeObject {
  const { nodeName, ...metadata } = over
  return {
    metadata: { ...(name && { name }), ...metadata },
    spec: { ...(nodeName && { nodeName }), containers: [{ name: 'c', image: 'busybox' }] },
  } as KubeObject
}

export const pods = { resource: 'pods', namespace: 'default' } as const
export const pod = (name: string) => ({ ...pods, name })
export const configMaps = { resource: 'configmaps', namespace: 'default' } as const

/** Makes the roles and bindings that a started control plane has. */
export async function withPolicy(backend: ApiBackend): Promise<void> {
  for (const name of ['kube-system', 'kube-public']) await backend.create({ resource: 'namespaces' }, { metadata: { name } })
  await ensurePolicy(backend)
}
