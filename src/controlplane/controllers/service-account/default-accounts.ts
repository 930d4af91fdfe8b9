import type { KubeObject } from '../../../kube/objects.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { asController } from '../runtime/controller-user.ts'
import type { Informers } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'

const resource = 'serviceaccounts'
const name = 'default'
const call = asController('service-account-controller')

/** Makes the account that pods run as unless they say otherwise. Of a namespace that is going, or gone, it is none. */
export const makeDefaultAccount = (backend: ApiBackend, namespace: string) =>
  unless(backend.create({ resource, namespace }, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } }, call), [403, 404, 409])

/** kube-controller-manager's serviceaccount: each namespace has its account `default`, made again when it is deleted. */
export class DefaultAccounts {
  constructor({ backend, clock, log, signal, informers }: SchedulerOptions & { readonly informers: Informers }) {
    const namespaces = informers.of('namespaces')
    const accounts = informers.of(resource)
    const sync = async (namespace: string) => {
      const found = namespaces.get(`/${namespace}`)
      if (found && !found.metadata?.deletionTimestamp && !accounts.get(`${namespace}/${name}`)) await makeDefaultAccount(backend, namespace)
    }
    const queue = new KeyedQueue({ name: 'serviceaccount', clock, log, signal, concurrency: 5, handle: sync })
    namespaces.onChange(({ object }) => queue.add(nameOf(object)))
    accounts.onChange(({ object, gone }) => {
      if (gone && nameOf(object) === name) queue.add(object.metadata?.namespace ?? '')
    })
  }
}

const nameOf = ({ metadata }: KubeObject) => metadata?.name ?? ''
