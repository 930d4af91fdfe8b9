import type { KubeObject } from '../../../../kube/objects.ts'
import type { Usage } from './quantities.ts'

type ResourceList = Readonly<Record<string, string>>

/** One requirement of a quota's scopes. */
export interface ScopeRequirement {
  readonly scopeName: string
  readonly operator: string
  readonly values?: readonly string[]
}

/** core/v1 ResourceQuota. */
export interface ResourceQuota extends KubeObject {
  readonly spec?: {
    readonly hard?: ResourceList
    readonly scopes?: readonly string[]
    readonly scopeSelector?: { readonly matchExpressions?: readonly ScopeRequirement[] }
  }
  readonly status?: { readonly hard?: ResourceList; readonly used?: ResourceList }
}

/** The scopes of a quota, those without a selector as `Exists`. */
export const scopesOf = ({ spec }: ResourceQuota): readonly ScopeRequirement[] => [
  ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
  ...(spec?.scopeSelector?.matchExpressions ?? []),
]

/** How objects of one resource are counted (k8s.io/apiserver `pkg/quota/v1`, Evaluator). */
export interface Evaluator {
  /** Whether a write of this kind may change what is used. */
  handles(operation: 'CREATE' | 'UPDATE' | 'DELETE', subresource: string): boolean
  /** Whether it counts that resource of a quota. */
  counts(name: string): boolean
  /** What an object uses at `now` (ms since the epoch). */
  usage(object: KubeObject, now: number): Usage
  /** Whether an object is in a scope. */
  inScope(scope: ScopeRequirement, object: KubeObject): boolean
  /** What an object must say when a quota counts these, in upstream's words; undefined when it does. */
  missing?(object: KubeObject, counted: ReadonlySet<string>): string | undefined
}
