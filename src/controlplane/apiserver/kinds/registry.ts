import type { ServedResource } from '../discovery/served.ts'
import { certificateSigningRequests } from './certificate-signing-requests.ts'
import { configMaps, namespaces, nodes, secrets } from './core.ts'
import { events } from './events.ts'
import type { Kind } from './kind.ts'
import { csiDrivers, csiNodes, leases, persistentVolumeClaims, persistentVolumes, runtimeClasses, storageClasses } from './others.ts'
import { pods } from './pods.ts'
import { priorityClasses } from './priority-classes.ts'
import { endpointSlices, endpoints, serviceAccounts, services } from './services.ts'

/** Every stored kind, in the order groups are listed. */
export const kinds: readonly Kind[] = [
  configMaps,
  endpoints,
  events,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  secrets,
  serviceAccounts,
  services,
  certificateSigningRequests,
  storageClasses,
  csiDrivers,
  csiNodes,
  priorityClasses,
  leases,
  runtimeClasses,
  endpointSlices,
]

const review = (group: string, resource: string, kind: string, namespaced = false): ServedResource => ({
  group,
  version: 'v1',
  resource,
  singular: kind.toLowerCase(),
  kind,
  namespaced,
  verbs: ['create'],
})

/** Answered at once and never stored. */
export const reviews: readonly ServedResource[] = [
  review('authentication.k8s.io', 'tokenreviews', 'TokenReview'),
  review('authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview'),
  review('authorization.k8s.io', 'subjectaccessreviews', 'SubjectAccessReview'),
  review('authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview'),
  review('authorization.k8s.io', 'localsubjectaccessreviews', 'LocalSubjectAccessReview', true),
  review('authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview'),
  review('', 'bindings', 'Binding', true),
]
