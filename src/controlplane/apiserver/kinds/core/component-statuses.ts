import type { KubeObject } from '../../../../kube/objects.ts'
import type { ResourceDefinition } from '../../resource.ts'
import { notFound } from '../../rest/status-errors.ts'
import { columns, nameOf } from '../../table/generic.ts'

interface ComponentStatus extends KubeObject {
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string; readonly error?: string }[]
}

/** What this process runs beside the API: they are there as long as it answers. */
const components = ['controller-manager', 'etcd-0', 'scheduler']

/** core/v1 ComponentStatus, which nothing stores. */
export const componentStatuses: ResourceDefinition = {
  group: '',
  version: 'v1',
  resource: 'componentstatuses',
  singular: 'componentstatus',
  kind: 'ComponentStatus',
  namespaced: false,
  verbs: ['get', 'list'],
  shortNames: ['cs'],
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  printer: {
    columns: columns(['Name', 'Status', 'Message', 'Error']),
    cells(object) {
      const healthy = (object as ComponentStatus).conditions?.find(({ type }) => type === 'Healthy')
      const status = healthy === undefined ? 'Unknown' : healthy.status === 'True' ? 'Healthy' : 'Unhealthy'
      return [nameOf(object), status, healthy?.message ?? '', healthy?.error ?? '']
    },
  },
  async compute({ name }) {
    if (name && !components.includes(name)) throw notFound(componentStatuses, name)
    return components.filter((each) => !name || each === name).map(statusOf)
  },
}

const statusOf = (name: string): ComponentStatus => ({
  kind: 'ComponentStatus',
  apiVersion: 'v1',
  metadata: { name },
  conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
})
