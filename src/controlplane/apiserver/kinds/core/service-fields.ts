import type { Service } from '../../../../kube/objects.ts'

type Spec = NonNullable<Service['spec']>

// pkg/api/service and registry/core/service: which fields a service has by its type.

/** Whether it is reached from outside the cluster. */
export const isExternal = ({ type, externalIPs }: Spec): boolean =>
  type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && (externalIPs?.length ?? 0) > 0)

/** Whether its load balancer asks each node if it has an endpoint. */
export const needsHealthCheck = ({ type, externalTrafficPolicy }: Spec): boolean => type === 'LoadBalancer' && externalTrafficPolicy === 'Local'

/** Whether each of its ports is a port of every node's. */
export const needsNodePorts = ({ type, allocateLoadBalancerNodePorts }: Spec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false)

const affinitySeconds = 10_800

/** `SetDefaults_Service`. Its families are those of the cluster: IPv4. */
export function defaultService(service: Service): void {
  service.spec ??= {}
  service.status ??= {}
  service.status.loadBalancer ??= {}
  const { spec } = service
  spec.sessionAffinity ||= 'None'
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= {}
    spec.sessionAffinityConfig.clientIP ??= {}
    spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= affinitySeconds
  }
  spec.type ||= 'ClusterIP'
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP'
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port as never
  }
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster'
  if (isExternal(spec)) spec.externalTrafficPolicy ||= 'Cluster'
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true
  if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP]
  if (spec.type === 'ExternalName') return
  // One that selects no pods and has no address may have endpoints of both families.
  const isOpen = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0
  spec.ipFamilyPolicy ??= isOpen ? 'RequireDualStack' : 'SingleStack'
  if (!spec.ipFamilies?.length) spec.ipFamilies = isOpen ? ['IPv4', 'IPv6'] : ['IPv4']
}

/** Drops what the new type does not have and the client did not set anew, and keeps what it left out but the old one was given. */
export function carryFields(next: Spec, previous: Spec): void {
  if (next.type === 'ExternalName' && previous.type !== 'ExternalName') {
    if (same(next.ipFamilies, previous.ipFamilies)) delete next.ipFamilies
    if (next.ipFamilyPolicy === previous.ipFamilyPolicy) delete next.ipFamilyPolicy
  }
  carryNodePorts(next, previous)
  if (needsHealthCheck(previous) && needsHealthCheck(next)) next.healthCheckNodePort ||= previous.healthCheckNodePort
  if (needsHealthCheck(previous) && !needsHealthCheck(next) && next.healthCheckNodePort === previous.healthCheckNodePort) delete next.healthCheckNodePort
  if (next.healthCheckNodePort === undefined) delete next.healthCheckNodePort
  if (isExternal(previous) && !isExternal(next) && next.externalTrafficPolicy === previous.externalTrafficPolicy) delete next.externalTrafficPolicy
  if (previous.type !== 'LoadBalancer' || next.type === 'LoadBalancer') return
  if (next.allocateLoadBalancerNodePorts === previous.allocateLoadBalancerNodePorts) delete next.allocateLoadBalancerNodePorts
  if (next.loadBalancerClass === previous.loadBalancerClass) delete next.loadBalancerClass
}

function carryNodePorts(next: Spec, previous: Spec): void {
  const ports = (spec: Spec) => (spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0)
  if (needsNodePorts(previous) && !needsNodePorts(next)) {
    if (same(ports(next), ports(previous))) for (const port of next.ports ?? []) delete port.nodePort
    return
  }
  if (!needsNodePorts(previous) || !needsNodePorts(next)) return
  const used = new Set(ports(previous).filter((port) => port !== 0 && ports(next).includes(port)))
  const byName = new Map((previous.ports ?? []).map(({ name = '', nodePort = 0 }) => [name, nodePort]))
  for (const port of next.ports ?? []) {
    const before = port.nodePort ? 0 : (byName.get(port.name ?? '') ?? 0)
    if (before === 0 || used.has(before)) continue
    port.nodePort = before
    used.add(before)
  }
}

const same = (left: unknown, right: unknown) => JSON.stringify(left) === JSON.stringify(right)
