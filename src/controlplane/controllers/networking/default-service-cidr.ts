import type { KubeObject } from '../../../kube/objects.ts'
import { serviceRange } from '../../apiserver/kinds/core/cluster-ips.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'
import { unless } from '../../scheduler/follow.ts'

const resource = 'servicecidrs.networking.k8s.io'

/** Makes the ServiceCIDR `kubernetes`, which says where services have their addresses; `now` in ms since the epoch. */
export async function makeDefaultServiceCidr(backend: ApiBackend, now: number): Promise<void> {
  const name = 'kubernetes'
  const made = await unless(backend.create({ resource }, { metadata: { name }, spec: { cidrs: [serviceRange] } } as KubeObject))
  if (!made) return
  const message = 'Kubernetes default Service CIDR is ready'
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: timestamp(now), reason: '', message }]
  await unless(backend.update({ resource, name }, { ...made, status: { conditions } } as KubeObject, { subresource: 'status' }))
}
