import { own } from '../../../base/own.ts'
import type { CertificateSigningRequest, ConfigMap, CoreEvent, KubeObject, Lease, Secret, Service } from '../../../kube/objects.ts'
import { age, humanDuration } from './ages.ts'
import { column, type Printer, printer } from './columns.ts'
import { nodePrinter } from './nodes.ts'
import { podPrinter } from './pods.ts'

const name = (object: KubeObject) => object.metadata?.name ?? ''
const born = (object: KubeObject, now: number) => age(object.metadata?.creationTimestamp, now)
const nameAndAge = (...between: string[]) => [column('Name'), ...between.map((title) => column(title)), column('Age')]

const configMaps = printer<ConfigMap>([column('Name'), column('Data'), column('Age')], (map, now) => [
  name(map),
  Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length,
  born(map, now),
])

const secrets = printer<Secret>([column('Name'), column('Type'), column('Data'), column('Age')], (secret, now) => [
  name(secret),
  secret.type ?? '',
  Object.keys(secret.data ?? {}).length,
  born(secret, now),
])

const namespaces = printer<KubeObject & { status?: { phase?: string } }>(nameAndAge('Status'), (namespace, now) => [
  name(namespace),
  namespace.status?.phase ?? '',
  born(namespace, now),
])

const services = printer<Service>(
  [column('Name'), column('Type'), column('Cluster-IP'), column('External-IP'), column('Port(s)'), column('Age'), column('Selector', 1)],
  ({ spec, ...service }, now) => [
    name(service),
    spec?.type ?? '',
    spec?.clusterIP || '<none>',
    spec?.externalName || spec?.externalIPs?.join(',') || (spec?.type === 'LoadBalancer' ? '<pending>' : '<none>'),
    spec?.ports?.map((port) => `${port.port}${port.nodePort ? `:${port.nodePort}` : ''}/${port.protocol}`).join(',') || '<none>',
    born(service, now),
    Object.entries(spec?.selector ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(',') || '<none>',
  ],
)

const events = printer<CoreEvent>(
  [
    column('Last Seen'),
    column('Type'),
    column('Reason'),
    column('Object'),
    column('Subobject', 1),
    column('Source', 1),
    column('Message'),
    column('First Seen', 1),
    column('Count', 1),
    { ...column('Name', 1) },
  ],
  (event, now) => {
    const first = event.firstTimestamp ?? event.eventTime
    const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? first
    const { kind, name: objectName, fieldPath } = event.involvedObject
    return [
      age(last, now),
      event.type ?? '',
      event.reason ?? '',
      `${(kind ?? '').toLowerCase()}/${objectName ?? ''}`,
      fieldPath ?? '',
      [event.source?.component ?? event.reportingComponent, event.source?.host].filter(Boolean).join(', '),
      (event.message ?? '').trim(),
      age(first, now),
      event.series?.count ?? event.count ?? 1,
      name(event),
    ]
  },
)

const leases = printer<Lease>(nameAndAge('Holder'), (lease, now) => [name(lease), lease.spec?.holderIdentity ?? '', born(lease, now)])

const serviceAccounts = printer<KubeObject & { secrets?: unknown[] }>([column('Name'), column('Secrets'), column('Age')], (account, now) => [
  name(account),
  account.secrets?.length ?? 0,
  born(account, now),
])

const certificateSigningRequests = printer<CertificateSigningRequest>(
  ['Name', 'Age', 'SignerName', 'Requestor', 'RequestedDuration', 'Condition'].map((title) => column(title)),
  ({ spec, status, ...csr }, now) => {
    const has = (type: string) => status?.conditions?.some((condition) => condition.type === type)
    const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'
    const requested = spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000)
    const condition = [decision, ...(has('Failed') ? ['Failed'] : []), ...(status?.certificate ? ['Issued'] : [])].join(',')
    return [name(csr), born(csr, now), spec.signerName, spec.username ?? '', requested, condition]
  },
)

const generic = printer<KubeObject>(nameAndAge(), (object, now) => [name(object), born(object, now)])

const byResource: Readonly<Record<string, Printer>> = {
  pods: podPrinter,
  nodes: nodePrinter,
  configmaps: configMaps,
  secrets,
  namespaces,
  services,
  events,
  leases,
  serviceaccounts: serviceAccounts,
  certificatesigningrequests: certificateSigningRequests,
}

/** The printer of a resource (plural name); name and age for those without one of their own. */
export const printerOf = (resource: string): Printer => own(byResource, resource) ?? generic
