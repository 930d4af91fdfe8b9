import type { Service } from '../../../../kube/objects.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { labelsCell } from '../../table/templates.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { defaultService } from './service-fields.ts'
import { validateService, validateServiceUpdate } from './service-validation.ts'

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
  printer: printer<Service>(columns(['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age'], ['Selector']), (service, now) => [
    nameOf(service),
    service.spec?.type ?? '',
    service.spec?.clusterIPs?.[0] || service.spec?.clusterIP || '<none>',
    externalCell(service),
    service.spec?.ports?.map((port) => `${port.port}${port.nodePort ? `:${port.nodePort}` : ''}/${port.protocol}`).join(',') || '<none>',
    ageOf(service, now),
    labelsCell(service.spec?.selector),
  ]),
  fields: ({ spec }) => ({ 'spec.type': spec?.type ?? '', 'spec.clusterIP': spec?.clusterIP ?? '' }),
  defaults: defaultService,
  validate: (service, previous) => validateService(service, addressesOf(previous)),
  validateUpdate: (next, previous, subresource) => (subresource === undefined ? validateServiceUpdate(next, previous) : []),
  warnings: (next, previous, subresource) => (subresource === undefined ? serviceWarnings(next, previous) : []),
})

/** What was taken once is taken again, even if it is not written as it should be. */
const addressesOf = (service: Service | undefined) => [...(service?.spec?.clusterIPs ?? []), ...(service?.spec?.externalIPs ?? [])]

/** pkg/api/service/warnings.go. */
function serviceWarnings({ metadata, spec }: Service, previous: Service | undefined): string[] {
  const warnings: string[] = []
  if (metadata?.annotations?.['service.kubernetes.io/topology-aware-hints'] !== undefined && previous === undefined)
    warnings.push(
      'metadata.annotations[service.kubernetes.io/topology-aware-hints]: annotation "service.kubernetes.io/topology-aware-hints" is deprecated, please use "service.kubernetes.io/topology-mode" instead',
    )
  if (spec?.clusterIPs?.[0] === 'None' && spec.loadBalancerIP) warnings.push('spec.loadBalancerIP is ignored when spec.type is not "LoadBalancer"')
  if (spec?.type === 'ExternalName' && spec.externalIPs?.length) warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"')
  if (spec?.type !== 'ExternalName' && spec?.externalName) warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"')
  return warnings
}

function externalCell({ spec, status }: Service): string {
  if (spec?.type === 'ExternalName') return spec.externalName ?? ''
  const external = spec?.externalIPs ?? []
  if (spec?.type !== 'LoadBalancer') return external.join(',') || '<none>'
  const ingress = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '').filter(Boolean)
  return [...[...new Set(ingress)].sort(), ...external].join(',') || '<pending>'
}
