import type { CallOptions } from '../../apiserver/rest/backend.ts'

/** As whom a controller writes: the service account that kube-controller-manager uses for it, which admission sees. */
export const asController = (name: string): CallOptions => ({
  fieldManager: 'kube-controller-manager',
  user: { name: `system:serviceaccount:kube-system:${name}`, groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'] },
})
