import { type Environment, environment } from '../../../cel/environment.ts'
import {
  type AuthorizationDecision,
  type AuthorizationQuestion,
  authorizerType,
  authorizerValue,
  requestResourceValue,
  resourceCheckType,
} from '../../../cel/library/authorizer.ts'
import type { Library } from '../../../cel/library/definition.ts'
import { type Outcome, type Program, perCallCostLimit } from '../../../cel/program.ts'
import { bool, type CelType, dyn, listOf, mapOf, objectOf, string, timestamp } from '../../../cel/types/types.ts'
import type { User } from '../auth/user.ts'
import type { HookRequest } from './hooks.ts'

const groupVersionKind = objectOf('kubernetes.GroupVersionKind', { group: string, version: string, kind: string })
const groupVersionResource = objectOf('kubernetes.GroupVersionResource', { group: string, version: string, resource: string })
const userInfo = objectOf('kubernetes.UserInfo', { username: string, uid: string, groups: listOf(string), extra: mapOf(string, listOf(string)) })

/** The type of the variable `request`. */
const requestType = objectOf('kubernetes.AdmissionRequest', {
  kind: groupVersionKind,
  resource: groupVersionResource,
  subResource: string,
  requestKind: groupVersionKind,
  requestResource: groupVersionResource,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo,
  dryRun: bool,
  options: dyn,
})

const namespaceType = objectOf('kubernetes.Namespace', {
  metadata: objectOf('kubernetes.NamespaceMetadata', {
    name: string,
    generateName: string,
    namespace: string,
    labels: mapOf(string, string),
    annotations: mapOf(string, string),
    UID: string,
    creationTimestamp: timestamp,
    deletionGracePeriodSeconds: dyn,
    deletionTimestamp: timestamp,
    generation: dyn,
    resourceVersion: string,
    finalizers: listOf(string),
  }),
  spec: objectOf('kubernetes.NamespaceSpec', { finalizers: listOf(string) }),
  status: objectOf('kubernetes.NamespaceStatus', { phase: string }),
})

const common: Readonly<Record<string, CelType>> = {
  object: dyn,
  oldObject: dyn,
  request: requestType,
  authorizer: authorizerType,
  'authorizer.requestResource': resourceCheckType,
}

/** What expressions of webhooks' match conditions may name. */
export const webhookExpressions: Environment = environment(common)

/** What a policy's expressions may name beside the common: its parameters, and the variables that come before. */
export interface PolicyScope {
  readonly params: boolean
  /** Variables so far, with their types. */
  readonly variables?: Readonly<Record<string, CelType>>
  /** The types of the object, where they are known. */
  readonly object?: CelType
  readonly paramsType?: CelType
  readonly struct?: (name: string) => CelType | undefined
  readonly libraries?: readonly Library[]
}

/** The environment of a policy's expressions. */
export function policyExpressions({ params, variables, object = dyn, paramsType = dyn, struct, libraries = [] }: PolicyScope): Environment {
  const more = { object, oldObject: object, namespaceObject: namespaceType, ...(params && { params: paramsType }) }
  return environment({ ...common, ...more, ...(variables && { variables: objectOf('kubernetes.variables', variables) }) }, struct, libraries)
}

/** What the variables of the authorizer are, for a request. */
export function authorizerBindings({ definition, subresource, namespace, name }: HookRequest): Readonly<Record<string, unknown>> {
  const { group, version, resource } = definition
  return { authorizer: authorizerValue, 'authorizer.requestResource': requestResourceValue({ group, version, resource, subresource, namespace, name }) }
}

/** Asks the authorizer what an expression wants to know. */
export type Decide = (question: AuthorizationQuestion, user: User) => Promise<AuthorizationDecision>

/** Who is asked about: the one who made the request, or a service account. */
export function askedUser({ serviceAccount }: AuthorizationQuestion, user: User): User {
  if (!serviceAccount) return user
  const { namespace, name } = serviceAccount
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
  return { name: `system:serviceaccount:${namespace}:${name}`, groups }
}

/** Evaluates the expressions of one request: with its decisions, and a budget for all of them together. */
export class Evaluation {
  readonly #decide: Decide
  readonly #user: User
  readonly #decisions = new Map<string, AuthorizationDecision>()
  #budget: number

  /** `budget` is what all evaluations together may cost. */
  constructor(decide: Decide, user: User, budget: number) {
    this.#decide = decide
    this.#user = user
    this.#budget = budget
  }

  /** Nothing is left of the budget. */
  get isSpent(): boolean {
    return this.#budget === 0
  }

  /** Evaluates with the decisions that are known. */
  evaluateNow(program: Program, bindings: Readonly<Record<string, unknown>>): Outcome {
    const limit = Math.min(perCallCostLimit, this.#budget)
    const outcome = program.evaluate(bindings, { limit, decisions: this.#decisions })
    // What is evaluated again when a decision is known counts once.
    if (outcome.kind === 'suspended') return outcome
    this.#budget = Math.max(0, this.#budget - outcome.cost)
    if (outcome.kind === 'error' && outcome.budget && limit < perCallCostLimit) {
      this.#budget = 0
      return { ...outcome, message: 'validation failed due to running out of cost budget, no further validation rules will be run' }
    }
    return outcome
  }

  async evaluate(program: Program, bindings: Readonly<Record<string, unknown>>): Promise<Outcome & { readonly kind: 'value' | 'error' }> {
    for (;;) {
      const outcome = this.evaluateNow(program, bindings)
      if (outcome.kind !== 'suspended') return outcome
      // Each round knows one more answer, so there are no more rounds than checks, and their cost is limited.
      const question = outcome.asked as AuthorizationQuestion
      this.#decisions.set(outcome.key, await this.#decide(question, this.#user))
    }
  }
}
