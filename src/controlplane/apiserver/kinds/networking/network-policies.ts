import { canonicalIp } from '../../../../base/canonical-ip.ts'
import { selectorText } from '../../../../kube/selector-text.ts'
import { networkOf } from '../../../../kube/validation/ip-validation.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { bySpec } from '../generation.ts'
import { defineKind } from '../kind.ts'
import { blocksOf, type NetworkPolicy, validateNetworkPolicy } from './network-policy-validation.ts'

/** networking.k8s.io/v1 NetworkPolicy. */
export const networkPolicies = defineKind<NetworkPolicy>({
  group: 'networking.k8s.io',
  resource: 'networkpolicies',
  kind: 'NetworkPolicy',
  namespaced: true,
  shortNames: ['netpol'],
  generation: bySpec,
  printer: printer<NetworkPolicy>(columns(['Name', 'Pod-Selector', 'Age']), (policy, now) => [
    nameOf(policy),
    selectorText(policy.spec?.podSelector ?? {}) || '<none>',
    ageOf(policy, now),
  ]),
  defaults(policy) {
    policy.spec ??= {}
    const { spec } = policy
    spec.podSelector ??= {}
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress']
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of rule.ports ?? []) port.protocol ??= 'TCP'
  },
  validate: validateNetworkPolicy,
  warnings: (policy) =>
    blocksOf(policy).flatMap(({ at, cidr }) => {
      const network = networkOf(cidr)
      const canonical = network && `${canonicalIp(network.address)}/${network.bits}`
      return canonical === undefined || canonical === cidr
        ? []
        : [`${at}: IPv6 CIDR value ${JSON.stringify(cidr)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`]
    }),
})
