import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { bySpec } from '../generation.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { classAnnotation, type Ingress, validateIngress, validateIngressStatus } from './ingress-validation.ts'

const shownHosts = 3

function hostsOf({ spec }: Ingress): string {
  const rules = spec?.rules ?? []
  const hosts = rules
    .map(({ host }) => host)
    .filter(Boolean)
    .slice(0, shownHosts)
  if (hosts.length === 0) return '*'
  return rules.length > shownHosts && hosts.length === shownHosts ? `${hosts.join(',')} + ${rules.length - shownHosts} more...` : hosts.join(',')
}

function addressesOf({ status }: Ingress): string {
  const all = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname).filter((address) => address !== undefined && address !== '')
  return [...new Set(all)].sort().join(',')
}

/** networking.k8s.io/v1 Ingress. */
export const ingresses = defineKind<Ingress>({
  group: 'networking.k8s.io',
  resource: 'ingresses',
  kind: 'Ingress',
  namespaced: true,
  shortNames: ['ing'],
  subresources: [statusSubresource('Ingress')],
  generation: bySpec,
  printer: printer<Ingress>(columns(['Name', 'Class', 'Hosts', 'Address', 'Ports', 'Age']), (ingress, now) => [
    nameOf(ingress),
    ingress.spec?.ingressClassName ?? '<none>',
    hostsOf(ingress),
    addressesOf(ingress),
    ingress.spec?.tls?.length ? '80, 443' : '80',
    ageOf(ingress, now),
  ]),
  defaults(ingress) {
    ingress.spec ??= {}
    ingress.status ??= {}
    ingress.status.loadBalancer ??= {}
  },
  prepareCreate(ingress) {
    ingress.status = { loadBalancer: {} }
  },
  validate: validateIngress,
  validateUpdate: (next, previous, subresource) => (subresource === 'status' ? validateIngressStatus(next, previous) : []),
  warnings({ metadata, spec }, previous) {
    const annotated = metadata?.annotations?.[classAnnotation] !== undefined
    if (previous || !annotated || spec?.ingressClassName !== undefined) return []
    return [`annotation ${JSON.stringify(classAnnotation)} is deprecated, please use 'spec.ingressClassName' instead`]
  },
})
