import { groupVersion, type ServedResource } from '../controlplane/apiserver/discovery/served.ts'
import { componentStatuses } from '../controlplane/apiserver/kinds/core/component-statuses.ts'
import { eventsV1 } from '../controlplane/apiserver/kinds/events/events.ts'
import { kinds, reviews } from '../controlplane/apiserver/kinds/registry.ts'

const begin = '<!-- made by npm run docs -->\n'
const end = '<!-- end -->'

/** What a kube-apiserver 1.36 serves without further ado, by group and version. */
const upstream: Readonly<Record<string, string>> = {
  v1: 'bindings componentstatuses configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services',
  'admissionregistration.k8s.io/v1':
    'mutatingadmissionpolicies mutatingadmissionpolicybindings mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings validatingwebhookconfigurations',
  'apiextensions.k8s.io/v1': 'customresourcedefinitions',
  'apiregistration.k8s.io/v1': 'apiservices',
  'apps/v1': 'controllerrevisions daemonsets deployments replicasets statefulsets',
  'authentication.k8s.io/v1': 'selfsubjectreviews tokenreviews',
  'authorization.k8s.io/v1': 'localsubjectaccessreviews selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews',
  'autoscaling/v1': 'horizontalpodautoscalers',
  'autoscaling/v2': 'horizontalpodautoscalers',
  'batch/v1': 'cronjobs jobs',
  'certificates.k8s.io/v1': 'certificatesigningrequests',
  'coordination.k8s.io/v1': 'leases',
  'discovery.k8s.io/v1': 'endpointslices',
  'events.k8s.io/v1': 'events',
  'flowcontrol.apiserver.k8s.io/v1': 'flowschemas prioritylevelconfigurations',
  'networking.k8s.io/v1': 'ingressclasses ingresses ipaddresses networkpolicies servicecidrs',
  'node.k8s.io/v1': 'runtimeclasses',
  'policy/v1': 'poddisruptionbudgets',
  'rbac.authorization.k8s.io/v1': 'clusterrolebindings clusterroles rolebindings roles',
  'resource.k8s.io/v1': 'deviceclasses resourceclaims resourceclaimtemplates resourceslices',
  'scheduling.k8s.io/v1': 'priorityclasses',
  'storage.k8s.io/v1': 'csidrivers csinodes csistoragecapacities storageclasses volumeattachments volumeattributesclasses',
}

const served: readonly ServedResource[] = [...kinds, eventsV1, componentStatuses, ...reviews]

/** `docs/api.md` with its tables as the kinds are now; the text around them stays. Throws when it has no place for them. */
export function withTables(document: string): string {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/api.md needs the lines ${begin.trim()} and ${end}, between which its tables are`)
  return `${document.slice(0, from)}${begin}${tables()}${document.slice(to)}`
}

function tables(): string {
  const groups = [...new Set(served.map(groupVersion))].sort((a, b) => (a === 'v1' ? -1 : b === 'v1' ? 1 : a < b ? -1 : 1))
  const rows = groups.flatMap((group) =>
    served
      .filter((each) => groupVersion(each) === group)
      .toSorted((a, b) => (a.resource < b.resource ? -1 : 1))
      .map((each) => `| ${group} | ${each.kind} | ${each.resource}${shortOf(each)} | ${subresourcesOf(each)} | ${verbsOf(each)} |`),
  )
  return `| group and version | kind | resource | below it | verbs |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

Not served, of what a kube-apiserver 1.36 serves without further ado: ${missing() || 'nothing'}.
`
}

const shortOf = ({ shortNames = [] }: ServedResource) => (shortNames.length > 0 ? ` (${shortNames.join(', ')})` : '')
const subresourcesOf = ({ subresources = [] }: ServedResource) =>
  subresources
    .map(({ name }) => name)
    .sort()
    .join(', ')

const usual = 'create delete deletecollection get list patch update watch'
const verbsOf = ({ verbs }: ServedResource) => ([...verbs].sort().join(' ') === usual ? 'all' : verbs.join(', '))

function missing(): string {
  const known = new Set(served.map((each) => `${groupVersion(each)} ${each.resource}`))
  return Object.entries(upstream)
    .flatMap(([group, resources]) => resources.split(' ').map((resource) => `${group} ${resource}`))
    .filter((each) => !known.has(each))
    .map((each) => `\`${each}\``)
    .join(', ')
}
