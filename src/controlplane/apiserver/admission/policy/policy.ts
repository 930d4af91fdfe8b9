import type { KubeObject } from '../../../../kube/objects.ts'
import type { LabelSelectorLike } from '../../../../kube/validation/label-selector-validation.ts'
import type { MatchCondition } from '../match-conditions.ts'
import type { MatchCriteria, MatchRule } from '../matching.ts'

/** `matchConstraints` of a policy, `matchResources` of a binding. */
export interface MatchResources {
  readonly resourceRules?: readonly MatchRule[]
  readonly excludeResourceRules?: readonly MatchRule[]
  readonly matchPolicy?: string
  readonly namespaceSelector?: LabelSelectorLike
  readonly objectSelector?: LabelSelectorLike
}

export interface Validation {
  readonly expression: string
  readonly message?: string
  readonly messageExpression?: string
  readonly reason?: string
}

export interface Mutation {
  readonly patchType: string
  readonly applyConfiguration?: { readonly expression?: string }
  readonly jsonPatch?: { readonly expression?: string }
}

/** admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy and MutatingAdmissionPolicy. */
export interface Policy extends KubeObject {
  readonly spec?: {
    readonly paramKind?: { readonly apiVersion?: string; readonly kind?: string }
    readonly matchConstraints?: MatchResources
    readonly matchConditions?: readonly MatchCondition[]
    readonly variables?: readonly { readonly name: string; readonly expression: string }[]
    readonly failurePolicy?: string
    readonly validations?: readonly Validation[]
    readonly auditAnnotations?: readonly { readonly key: string; readonly valueExpression: string }[]
    readonly mutations?: readonly Mutation[]
    readonly reinvocationPolicy?: string
  }
}

/** Which parameters a binding uses. */
export interface ParamRef {
  readonly name?: string
  readonly namespace?: string
  readonly selector?: LabelSelectorLike
  readonly parameterNotFoundAction?: string
}

/** The bindings of both kinds of policy. */
export interface Binding extends KubeObject {
  readonly spec?: {
    readonly policyName?: string
    readonly paramRef?: ParamRef
    readonly matchResources?: MatchResources
    readonly validationActions?: readonly string[]
  }
}

export const objectName = ({ metadata }: KubeObject): string => metadata?.name ?? ''
export const ignoresFailure = ({ spec }: Policy): boolean => spec?.failurePolicy === 'Ignore'

/** What a policy or a binding is about. */
export function criteriaOf({ resourceRules = [], excludeResourceRules = [], ...rest }: MatchResources = {}): MatchCriteria {
  return { ...rest, rules: resourceRules, excluded: excludeResourceRules }
}
