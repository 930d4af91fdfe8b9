import type { KubeObject } from '../../../kube/objects.ts'
import type { JsonSchema } from './schema/json-schema.ts'

/** The names of a custom kind. */
export interface Names {
  readonly plural: string
  readonly singular?: string
  readonly shortNames?: readonly string[]
  readonly kind: string
  readonly listKind?: string
  readonly categories?: readonly string[]
}

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string
  readonly type: string
  readonly format?: string
  readonly description?: string
  readonly priority?: number
  readonly jsonPath: string
}

/** Where the scale subresource finds its numbers. */
export interface ScalePaths {
  readonly specReplicasPath: string
  readonly statusReplicasPath: string
  readonly labelSelectorPath?: string
}

/** One version of a custom kind. */
export interface CustomVersion {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly deprecated?: boolean
  readonly deprecationWarning?: string
  readonly schema?: { readonly openAPIV3Schema?: JsonSchema }
  readonly subresources?: { readonly status?: object; readonly scale?: ScalePaths }
  readonly additionalPrinterColumns?: readonly PrinterColumn[]
  readonly selectableFields?: readonly { readonly jsonPath: string }[]
}

/** How a webhook is reached. */
export interface WebhookClientConfig {
  readonly url?: string
  readonly service?: { readonly namespace: string; readonly name: string; readonly path?: string; readonly port?: number }
  /** PEM, in base64. */
  readonly caBundle?: string
}

/** How versions are made of one another. */
export interface Conversion {
  readonly strategy: string
  readonly webhook?: { readonly clientConfig?: WebhookClientConfig; readonly conversionReviewVersions?: readonly string[] }
}

export interface CrdSpec {
  readonly group: string
  readonly names: Names
  readonly scope: string
  readonly versions: readonly CustomVersion[]
  readonly conversion?: Conversion
  readonly preserveUnknownFields?: boolean
}

export interface CrdCondition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
}

export interface CrdStatus {
  readonly conditions?: readonly CrdCondition[] | null
  readonly acceptedNames?: Names
  readonly storedVersions?: readonly string[] | null
}

/** apiextensions.k8s.io/v1 CustomResourceDefinition. */
export interface CustomResourceDefinition extends KubeObject {
  spec: CrdSpec
  status?: CrdStatus
}

export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'
export const approvalAnnotation = 'api-approved.kubernetes.io'
/** How controllers name the kind. */
export const crdResource = 'customresourcedefinitions.apiextensions.k8s.io'
/** Where definitions are stored, below `/registry/`. */
export const crdPrefix = 'apiextensions.k8s.io/customresourcedefinitions'

export const conditionOf = ({ status }: CustomResourceDefinition, type: string): CrdCondition | undefined =>
  status?.conditions?.find((condition) => condition.type === type)

export const isConditionTrue = (crd: CustomResourceDefinition, type: string): boolean => conditionOf(crd, type)?.status === 'True'

/** The conditions with one set anew; its time changes with its status only. `time`: RFC 3339. */
export function withCondition(
  conditions: readonly CrdCondition[] | null | undefined,
  next: Omit<CrdCondition, 'lastTransitionTime'>,
  time: string,
): readonly CrdCondition[] {
  const before = conditions ?? []
  const old = before.find(({ type }) => type === next.type)
  if (!old) return [...before, { lastTransitionTime: time, ...next }]
  const changed = { ...next, lastTransitionTime: old.status === next.status ? (old.lastTransitionTime ?? time) : time }
  return before.map((condition) => (condition === old ? changed : condition))
}

/** The version that objects are stored in. */
export const storageVersionOf = ({ versions }: CrdSpec): CustomVersion | undefined => versions.find(({ storage }) => storage)
