import type * as client from '@kubernetes/client-node'
import { eachOf, type FieldError, forbidden, invalid, notSupportedInOrder, required } from '../../../../kube/validation/field-errors.ts'
import { validatePort, validatePortName } from '../../../../kube/validation/formats.ts'
import { isStrictlyWithin, networkOf, validateCidrLeniently } from '../../../../kube/validation/ip-validation.ts'
import { validateLabelSelector } from '../../../../kube/validation/label-selector-validation.ts'
import type { Given, GivenPart } from '../given.ts'

export type NetworkPolicy = Given<client.V1NetworkPolicy>
type Port = GivenPart<client.V1NetworkPolicyPort>
type Peer = GivenPart<client.V1NetworkPolicyPeer>
type Rule = { readonly ports?: readonly Port[]; readonly peers?: readonly Peer[]; readonly at: string; readonly side: 'from' | 'to' }

/** What a policy that was stored already may keep. */
interface Known {
  readonly cidrs: readonly string[]
  readonly lenient: boolean
}

function rulesOf({ spec }: NetworkPolicy): Rule[] {
  const ingress = (spec?.ingress ?? []).map(({ ports, from }, index) => ({ ports, peers: from, at: `spec.ingress[${index}]`, side: 'from' as const }))
  const egress = (spec?.egress ?? []).map(({ ports, to }, index) => ({ ports, peers: to, at: `spec.egress[${index}]`, side: 'to' as const }))
  return [...ingress, ...egress]
}

/** Every network that a policy names, with its field. */
export function blocksOf(policy: NetworkPolicy): { readonly at: string; readonly cidr: string }[] {
  return rulesOf(policy).flatMap(({ peers, at, side }) =>
    (peers ?? []).flatMap(({ ipBlock }, index) => {
      if (!ipBlock) return []
      const path = `${at}.${side}[${index}].ipBlock`
      const except = (ipBlock.except ?? []).map((cidr, place) => ({ at: `${path}.except[${place}]`, cidr }))
      return [{ at: `${path}.cidr`, cidr: ipBlock.cidr ?? '' }, ...except]
    }),
  )
}

/** The mistakes of a NetworkPolicy. A network that was stored is let pass wherever it stands now. */
export function validateNetworkPolicy(policy: NetworkPolicy, previous?: NetworkPolicy): FieldError[] {
  const known = {
    cidrs: previous ? blocksOf(previous).map(({ cidr }) => cidr) : [],
    lenient: previous !== undefined && validateLabelSelector('', previous.spec?.podSelector).length > 0,
  }
  const { spec } = policy
  const errors = validateLabelSelector('spec.podSelector', spec?.podSelector, known.lenient)
  for (const { ports, peers, at, side } of rulesOf(policy))
    errors.push(...eachOf(`${at}.ports`, ports, validatePolicyPort), ...eachOf(`${at}.${side}`, peers, (path, peer) => validatePeer(path, peer, known)))
  const types = spec?.policyTypes ?? []
  if (types.length > 2) return [...errors, invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')]
  return [
    ...errors,
    ...eachOf('spec.policyTypes', types, (at, type) => (['Ingress', 'Egress'].includes(type) ? [] : [notSupportedInOrder(at, type, ['Ingress', 'Egress'])])),
  ]
}

function validatePolicyPort(at: string, { protocol, port, endPort }: Port): FieldError[] {
  const errors: FieldError[] = []
  const protocols = ['TCP', 'UDP', 'SCTP']
  if (protocol !== undefined && !protocols.includes(protocol)) errors.push(notSupportedInOrder(`${at}.protocol`, protocol, protocols))
  if (port === undefined) {
    if (endPort !== undefined) errors.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is not specified'))
  } else if (typeof port === 'number') {
    errors.push(...validatePort(`${at}.port`, port))
    if (endPort === undefined) return errors
    if (endPort < port) errors.push(invalid(`${at}.endPort`, endPort, 'must be greater than or equal to `port`'))
    errors.push(...validatePort(`${at}.endPort`, endPort))
  } else {
    if (endPort !== undefined) errors.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is non-numeric'))
    errors.push(...validatePortName(`${at}.port`, String(port)))
  }
  return errors
}

function validatePeer(at: string, { podSelector, namespaceSelector, ipBlock }: Peer, known: Known): FieldError[] {
  const errors = [
    ...validateLabelSelector(`${at}.podSelector`, podSelector, known.lenient),
    ...validateLabelSelector(`${at}.namespaceSelector`, namespaceSelector, known.lenient),
    ...(ipBlock ? validateBlock(`${at}.ipBlock`, ipBlock, known.cidrs) : []),
  ]
  if (!podSelector && !namespaceSelector && !ipBlock) errors.push(required(at, 'must specify a peer'))
  else if (ipBlock && (podSelector || namespaceSelector)) errors.push(forbidden(at, 'may not specify both ipBlock and another peer'))
  return errors
}

function validateBlock(at: string, { cidr = '', except }: NonNullable<Peer['ipBlock']>, known: readonly string[]): FieldError[] {
  if (cidr === '') return [required(`${at}.cidr`)]
  const errors = validateCidrLeniently(`${at}.cidr`, cidr, known)
  const whole = networkOf(cidr)
  if (!whole) return errors
  return [
    ...errors,
    ...eachOf(`${at}.except`, except, (place, part) => {
      const network = networkOf(part)
      const wrong = network && !isStrictlyWithin(network, whole)
      return [...validateCidrLeniently(place, part, known), ...(wrong ? [invalid(place, part, 'must be a strict subset of `cidr`')] : [])]
    }),
  ]
}
