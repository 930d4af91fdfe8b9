import type { Service } from '../../../../kube/objects.ts'
import { invalid, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { defineKind, statusSubresource } from '../kind.ts'

/** core/v1 Service. Without a proxy on the node a cluster IP leads nowhere, but environment variables and kubectl show it. */
export const services = defineKind<Service>({
  resource: 'services',
  kind: 'Service',
  namespaced: true,
  shortNames: ['svc'],
  categories: ['all'],
  nameRule: 'service',
  storagePrefix: 'services/specs',
  subresources: [{ name: 'proxy', kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }, statusSubresource('Service')],
  createsOnUpdate: true,
  returnsDeleted: true,
  printer: printer<Service>(columns(['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age'], ['Selector']), ({ spec, ...service }, now) => [
    nameOf(service),
    spec?.type ?? '',
    spec?.clusterIP || '<none>',
    spec?.externalName || spec?.externalIPs?.join(',') || (spec?.type === 'LoadBalancer' ? '<pending>' : '<none>'),
    spec?.ports?.map((port) => `${port.port}${port.nodePort ? `:${port.nodePort}` : ''}/${port.protocol}`).join(',') || '<none>',
    ageOf(service, now),
    Object.entries(spec?.selector ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(',') || '<none>',
  ]),
  fields: ({ spec }) => ({ 'spec.type': spec?.type ?? '', 'spec.clusterIP': spec?.clusterIP ?? '' }),
  defaults(service) {
    service.spec ??= {}
    const { spec } = service
    spec.type ??= 'ClusterIP'
    spec.sessionAffinity ??= 'None'
    for (const port of spec.ports ?? []) {
      port.protocol ??= 'TCP'
      port.targetPort ??= port.port as never
    }
    if (spec.type !== 'ExternalName') {
      spec.internalTrafficPolicy ??= 'Cluster'
      spec.ipFamilyPolicy ??= 'SingleStack'
      spec.ipFamilies ??= ['IPv4']
      if (spec.type !== 'ClusterIP') spec.externalTrafficPolicy ??= 'Cluster'
    }
    if (spec.clusterIP) spec.clusterIPs ??= [spec.clusterIP]
    service.status ??= { loadBalancer: {} }
  },
  validate({ spec }) {
    const errors = []
    const types = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']
    if (!types.includes(spec?.type ?? '')) errors.push(notSupported('spec.type', spec?.type, types))
    if (!spec?.ports?.length && spec?.clusterIP !== 'None' && spec?.type !== 'ExternalName') errors.push(required('spec.ports'))
    for (const [index, port] of (spec?.ports ?? []).entries()) {
      const at = `spec.ports[${index}]`
      if ((spec?.ports?.length ?? 0) > 1 && !port.name) errors.push(required(`${at}.name`))
      if (!(port.port >= 1 && port.port <= 65535)) errors.push(invalid(`${at}.port`, port.port, 'must be between 1 and 65535, inclusive'))
    }
    return errors
  },
  validateUpdate(next, previous) {
    const before = previous.spec?.clusterIP
    return before && next.spec?.clusterIP !== before && next.spec?.type !== 'ExternalName'
      ? [invalid('spec.clusterIPs[0]', next.spec?.clusterIPs ?? null, 'may not change once set')]
      : []
  },
})
