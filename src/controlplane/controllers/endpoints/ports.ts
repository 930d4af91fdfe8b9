import type { Pod, Service } from '../../../kube/objects.ts'
import type { EndpointPort } from './endpoint.ts'

type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number]

/** The ports of a service as this pod has them: one whose name the pod does not know is left out. */
export function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((each) => {
    const port = targetPort(each, pod)
    if (port === undefined) return []
    const { name = '', protocol = 'TCP', appProtocol } = each
    return [{ name, port, protocol, ...(appProtocol !== undefined && { appProtocol }) }]
  })
}

/** `targetPort` by number, or by the name of a port of a container, or of an init container that goes on running. */
function targetPort({ port, targetPort = port, protocol = 'TCP' }: ServicePort, { spec }: Pod): number | undefined {
  if (typeof targetPort === 'number') return targetPort === 0 ? port : targetPort
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  for (const { ports } of [...(spec?.containers ?? []), ...sidecars])
    for (const each of ports ?? []) if (each.name === targetPort && (each.protocol ?? 'TCP') === protocol) return each.containerPort
  return undefined
}

/** Equal for the same ports in whatever order. */
export const portsKey = (ports: readonly EndpointPort[] | null | undefined): string =>
  (ports ?? [])
    .map(({ name = '', port, protocol = 'TCP', appProtocol = '' }) => JSON.stringify([name, port ?? null, protocol, appProtocol]))
    .sort()
    .join()
