import type { KubeObject } from '../../../../kube/objects.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { defineKind } from '../kind.ts'

type ServiceAccount = KubeObject & { secrets?: unknown[] }

/** core/v1 ServiceAccount. */
export const serviceAccounts = defineKind<ServiceAccount>({
  resource: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
  shortNames: ['sa'],
  returnsDeleted: true,
  printer: printer<ServiceAccount>(columns(['Name', 'Secrets', 'Age']), (account, now) => [nameOf(account), account.secrets?.length ?? 0, ageOf(account, now)]),
  subresources: [{ name: 'token', group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] }],
})
