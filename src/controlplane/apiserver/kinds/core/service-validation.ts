import { isIPv4 } from 'node:net'
import type { Service } from '../../../../kube/objects.ts'
import { append, duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { validatePort, validatePortName } from '../../../../kube/validation/formats.ts'
import { validateCidrLeniently, validateIpLeniently, validateNonSpecialIp } from '../../../../kube/validation/ip-validation.ts'
import { validateLabels, validateName, validateQualifiedName } from '../../../../kube/validation/names.ts'
import { isExternal, needsHealthCheck } from './service-fields.ts'

type Spec = NonNullable<Service['spec']>
type Port = NonNullable<Spec['ports']>[number]

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const protocols = ['SCTP', 'TCP', 'UDP']

/** A field that must be one of some words. */
function oneOf(field: string, value: string | undefined, allowed: readonly string[]): FieldError[] {
  if (!value) return [required(field)]
  return allowed.includes(value) ? [] : [notSupported(field, value, allowed)]
}

/** Rules and words of pkg/apis/core/validation; `known` are addresses that were stored already. */
export function validateService({ spec = {}, metadata }: Service, known: readonly string[]): FieldError[] {
  const errors: FieldError[] = []
  const { ports = [], type = '', clusterIPs = [] } = spec
  const isHeadless = clusterIPs.length === 1 && clusterIPs[0] === 'None'
  if (ports.length === 0 && !isHeadless && type !== 'ExternalName') errors.push(required('spec.ports'))
  if (isHeadless && (type === 'LoadBalancer' || type === 'NodePort'))
    errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`))
  if (type === 'ExternalName') append(errors, validateExternalName(spec))
  const names = new Set<string>()
  for (const [index, port] of ports.entries()) append(errors, validateServicePort(`spec.ports[${index}]`, port, ports.length > 1, names))
  append(errors, validateLabels('spec.selector', spec.selector))
  append(errors, validateAffinity(spec))
  if (type !== 'ExternalName') append(errors, validateFamilies(spec, known))
  for (const [index, ip] of (spec.externalIPs ?? []).entries()) {
    const field = `spec.externalIPs[${index}]`
    const faults = validateIpLeniently(field, ip, known)
    append(errors, faults.length > 0 ? faults : validateNonSpecialIp(field, ip))
  }
  append(errors, oneOf('spec.type', type, types))
  append(errors, validateSamePorts(spec))
  append(errors, validateSourceRanges(spec, metadata?.annotations?.['service.beta.kubernetes.io/load-balancer-source-ranges']))
  append(errors, validateLoadBalancer(spec))
  append(errors, validateTraffic(spec))
  return errors
}

function validateExternalName({ clusterIPs = [], ipFamilies = [], ipFamilyPolicy, externalName = '' }: Spec): FieldError[] {
  const why = 'may not be set for ExternalName services'
  const name = externalName.endsWith('.') ? externalName.slice(0, -1) : externalName
  return [
    ...(clusterIPs.length > 0 ? [forbidden('spec.clusterIPs', why)] : []),
    ...(ipFamilies.length > 0 ? [forbidden('spec.ipFamilies', why)] : []),
    ...(ipFamilyPolicy !== undefined ? [forbidden('spec.ipFamilyPolicy', why)] : []),
    ...(name ? validateName('spec.externalName', name, 'subdomain') : [required('spec.externalName')]),
  ]
}

function validateServicePort(at: string, { name, port, protocol, targetPort, appProtocol }: Port, needsName: boolean, names: Set<string>): FieldError[] {
  const errors: FieldError[] = []
  if (needsName && !name) errors.push(required(`${at}.name`))
  else if (name) {
    append(errors, validateName(`${at}.name`, name, 'label'))
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name))
    names.add(name)
  }
  append(errors, validatePort(`${at}.port`, port ?? 0))
  append(errors, oneOf(`${at}.protocol`, protocol, protocols))
  if (typeof targetPort === 'string') append(errors, validatePortName(`${at}.targetPort`, targetPort))
  else if (targetPort !== undefined) append(errors, validatePort(`${at}.targetPort`, targetPort))
  if (appProtocol !== undefined) append(errors, validateQualifiedName(`${at}.appProtocol`, appProtocol))
  return errors
}

const maxAffinitySeconds = 86_400

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: Spec): FieldError[] {
  const errors = oneOf('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None'])
  const at = 'spec.sessionAffinityConfig'
  if (sessionAffinity === 'None' && sessionAffinityConfig !== undefined) errors.push(forbidden(at, 'must not be set when session affinity is None'))
  if (sessionAffinity !== 'ClientIP') return errors
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds
  if (sessionAffinityConfig === undefined) errors.push(required(at, 'when session affinity type is ClientIP'))
  else if (seconds === undefined) errors.push(required(`${at}.clientIP.timeoutSeconds`, 'when session affinity type is ClientIP'))
  else if (seconds <= 0 || seconds > maxAffinitySeconds)
    errors.push(invalid(`${at}.clientIP.timeoutSeconds`, seconds, `must be greater than 0 and less than ${maxAffinitySeconds}`))
  return errors
}

const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']

function validateFamilies({ clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy }: Spec, known: readonly string[]): FieldError[] {
  const errors: FieldError[] = []
  if (clusterIP && clusterIPs.length === 0) errors.push(required('spec.clusterIPs'))
  if (clusterIPs.length > 0 && (clusterIP ?? '') !== clusterIPs[0]) errors.push(invalid('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`'))
  for (const [index, family] of ipFamilies.entries()) {
    if (family !== 'IPv4' && family !== 'IPv6') errors.push(notSupported(`spec.ipFamilies[${index}]`, family, ['IPv4', 'IPv6']))
    if (ipFamilies.indexOf(family) < index) errors.push(duplicate(`spec.ipFamilies[${index}]`, family))
  }
  if (ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy)) errors.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, policies))
  if (clusterIPs[0] === 'None') {
    if (clusterIPs.length > 1) errors.push(invalid('spec.clusterIPs', clusterIPs, "'None' must be the first and only value"))
    return errors
  }
  const faults = clusterIPs.flatMap((ip, index) => validateIpLeniently(`spec.clusterIPs[${index}]`, ip, known))
  append(errors, faults)
  if (clusterIPs.length > 2) errors.push(invalid('spec.clusterIPs', clusterIPs, 'may only hold up to 2 values'))
  if (faults.length > 0) return errors
  const familyOf = (ip: string) => (isIPv4(ip) ? 'IPv4' : 'IPv6')
  if (clusterIPs.length === 2 && familyOf(clusterIPs[0] ?? '') === familyOf(clusterIPs[1] ?? ''))
    errors.push(invalid('spec.clusterIPs', clusterIPs, 'may specify no more than one IP for each IP family'))
  for (const [index, ip] of clusterIPs.entries()) {
    const family = ipFamilies[index]
    if (family !== undefined && familyOf(ip) !== family)
      errors.push(invalid(`spec.clusterIPs[${index}]`, ip, `expected an ${family} value as indicated by \`ipFamilies[${index}]\``))
  }
  return errors
}

/** A port or a node port that comes twice. */
function validateSamePorts({ ports = [], type }: Spec): FieldError[] {
  const errors: FieldError[] = []
  const [nodePorts, seen] = [new Set<string>(), new Set<string>()]
  for (const [index, { nodePort = 0 }] of ports.entries())
    if (type === 'ClusterIP' && nodePort !== 0) append(errors, [forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'")])
  for (const [index, { protocol, nodePort = 0 }] of ports.entries()) {
    const key = `${protocol} ${nodePort}`
    if (nodePort !== 0 && nodePorts.has(key)) append(errors, [duplicate(`spec.ports[${index}].nodePort`, nodePort)])
    nodePorts.add(key)
  }
  for (const [index, { protocol, port }] of ports.entries()) {
    const key = `${protocol} ${port}`
    if (seen.has(key)) append(errors, [duplicate(`spec.ports[${index}]`, { protocol, port })])
    seen.add(key)
  }
  return errors
}

function validateSourceRanges({ type, loadBalancerSourceRanges: ranges = [] }: Spec, annotation: string | undefined): FieldError[] {
  const only = "may only be used when `type` is 'LoadBalancer'"
  if (ranges.length > 0) {
    const errors = type === 'LoadBalancer' ? [] : [forbidden('spec.LoadBalancerSourceRanges', only)]
    for (const [index, range] of ranges.entries()) append(errors, validateCidrLeniently(`spec.LoadBalancerSourceRanges[${index}]`, range.trim()))
    return errors
  }
  if (annotation === undefined) return []
  const field = 'metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]'
  const errors = type === 'LoadBalancer' ? [] : [forbidden(field, only)]
  if (annotation.trim() !== '') for (const range of annotation.split(',')) append(errors, validateCidrLeniently(field, range.trim()))
  return errors
}

function validateLoadBalancer({ type, allocateLoadBalancerNodePorts: allocate, loadBalancerClass }: Spec): FieldError[] {
  const errors: FieldError[] = []
  if (allocate !== undefined && type !== 'LoadBalancer')
    errors.push(forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"))
  if (loadBalancerClass === undefined) return errors
  if (type !== 'LoadBalancer') errors.push(forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"))
  else append(errors, validateQualifiedName('spec.loadBalancerClass', loadBalancerClass))
  return errors
}

const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode']

function validateTraffic(spec: Spec): FieldError[] {
  const errors: FieldError[] = []
  const { type, externalTrafficPolicy: external, internalTrafficPolicy: internal, healthCheckNodePort: health = 0, trafficDistribution } = spec
  if (isExternal(spec)) append(errors, oneOf('spec.externalTrafficPolicy', external, ['Cluster', 'Local']))
  else if (external) errors.push(invalid('spec.externalTrafficPolicy', external, 'may only be set for externally-accessible services'))
  if (needsHealthCheck(spec)) append(errors, health === 0 ? [required('spec.healthCheckNodePort')] : validatePort('spec.healthCheckNodePort', health))
  else if (health !== 0)
    errors.push(invalid('spec.healthCheckNodePort', health, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"))
  if (internal !== undefined || ['ClusterIP', 'LoadBalancer', 'NodePort'].includes(type ?? ''))
    append(errors, oneOf('spec.internalTrafficPolicy', internal, ['Cluster', 'Local']))
  if (trafficDistribution !== undefined && !distributions.includes(trafficDistribution))
    errors.push(notSupported('spec.trafficDistribution', trafficDistribution, distributions))
  return errors
}

/** What an update may not change: addresses, families, the class of its load balancer. */
export function validateServiceUpdate({ spec: next = {} }: Service, { spec: previous = {} }: Service): FieldError[] {
  const errors: FieldError[] = []
  if (next.type !== 'ExternalName' && previous.type !== 'ExternalName') {
    const [ips, before] = [next.clusterIPs ?? [], previous.clusterIPs ?? []]
    if (before[0] && ips[0] && ips[0] !== before[0]) errors.push(invalid('spec.clusterIPs[0]', ips, 'may not change once set'))
    else if (before[0] && !ips[0]) errors.push(invalid('spec.clusterIPs[0]', ips, 'primary clusterIP can not be unset'))
    const [families, were] = [next.ipFamilies ?? [], previous.ipFamilies ?? []]
    if (were[0] && families[0] && families[0] !== were[0]) errors.push(invalid('spec.ipFamilies[0]', families, 'primary ipFamily can not be changed'))
  }
  if (previous.type === 'LoadBalancer' && next.type === 'LoadBalancer' && next.loadBalancerClass !== previous.loadBalancerClass)
    errors.push(invalid('spec.loadBalancerClass', next.loadBalancerClass ?? null, 'may not change once set'))
  if (needsHealthCheck(previous) && needsHealthCheck(next) && next.healthCheckNodePort !== previous.healthCheckNodePort)
    errors.push(forbidden('spec.healthCheckNodePort', 'field is immutable'))
  return errors
}
