import type { ServedResource } from '../discovery/served.ts'
import { admissionregistrationKinds } from './admissionregistration/kinds.ts'
import { apiextensionsKinds } from './apiextensions/kinds.ts'
import { apiregistrationKinds } from './apiregistration/kinds.ts'
import { appsKinds } from './apps/kinds.ts'
import { autoscalingKinds } from './autoscaling/kinds.ts'
import { batchKinds } from './batch/kinds.ts'
import { certificatesKinds } from './certificates/kinds.ts'
import { coordinationKinds } from './coordination/kinds.ts'
import { coreKinds } from './core/kinds.ts'
import { discoveryKinds } from './discovery/kinds.ts'
import { flowcontrolKinds } from './flowcontrol/kinds.ts'
import type { Kind } from './kind.ts'
import { networkingKinds } from './networking/kinds.ts'
import { nodeKinds } from './node/kinds.ts'
import { policyKinds } from './policy/kinds.ts'
import { rbacKinds } from './rbac/kinds.ts'
import { resourceKinds } from './resource/kinds.ts'
import { schedulingKinds } from './scheduling/kinds.ts'
import { storageKinds } from './storage/kinds.ts'

/** Every stored kind, in the order groups are listed. */
export const kinds: readonly Kind[] = [
  ...coreKinds,
  ...appsKinds,
  ...autoscalingKinds,
  ...batchKinds,
  ...policyKinds,
  ...certificatesKinds,
  ...networkingKinds,
  ...rbacKinds,
  ...storageKinds,
  ...admissionregistrationKinds,
  ...schedulingKinds,
  ...coordinationKinds,
  ...nodeKinds,
  ...discoveryKinds,
  ...flowcontrolKinds,
  ...apiregistrationKinds,
  ...resourceKinds,
  ...apiextensionsKinds,
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
