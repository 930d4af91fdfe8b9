import type { Frame } from '../evaluate/frame.ts'
import { type CelValue, OpaqueValue, Suspended } from '../evaluate/values.ts'
import { signature } from '../types/signature.ts'
import { opaque } from '../types/types.ts'
import type { Library, Overload } from './definition.ts'

/** What the authorizer is asked: may a user do this. */
export interface AuthorizationQuestion {
  /** The service account that is asked about, else the one who made the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string }
  readonly verb: string
  /** Of a request that is about no resource. */
  readonly path?: string
  readonly group?: string
  readonly version?: string
  readonly resource?: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  readonly fieldSelector?: string
  readonly labelSelector?: string
}

export interface AuthorizationDecision {
  readonly allowed: boolean
  readonly reason?: string
  readonly error?: string
}

const prefix = 'kubernetes.authorization'

class Check extends OpaqueValue {
  readonly typeName: string
  readonly question: Omit<AuthorizationQuestion, 'verb'>
  constructor(name: 'Authorizer' | 'PathCheck' | 'GroupCheck' | 'ResourceCheck', question: Omit<AuthorizationQuestion, 'verb'>) {
    super()
    this.typeName = `${prefix}.${name}`
    this.question = question
  }
  equals(other: OpaqueValue): boolean {
    return other === this
  }
}

class Decision extends OpaqueValue {
  readonly typeName = `${prefix}.Decision`
  readonly decision: AuthorizationDecision
  constructor(decision: AuthorizationDecision) {
    super()
    this.decision = decision
  }
  equals(other: OpaqueValue): boolean {
    return other === this
  }
}

/** The value of the variable `authorizer`. */
export const authorizerValue: CelValue = new Check('Authorizer', {})

/** The value of the variable `authorizer.requestResource`. */
export const requestResourceValue = (question: Omit<AuthorizationQuestion, 'verb'>): CelValue => new Check('ResourceCheck', question)

/** Asks, unless it is known already: an evaluation is never kept waiting, it is begun again when the answer is there. */
function check({ question }: Check, verb: string, { decisions }: Frame): Decision {
  const asked: AuthorizationQuestion = { ...question, verb }
  const key = JSON.stringify(asked)
  const known = decisions?.get(key) as AuthorizationDecision | undefined
  if (!known) throw new Suspended(key, asked)
  return new Decision(known)
}

const types = ['Authorizer', 'PathCheck', 'GroupCheck', 'ResourceCheck', 'Decision'].map((name) => `${prefix}.${name}`)

// apiserver/pkg/cel/library/cost.go: an authorization check is charged as 350000.
const checkCost = 350_000

function overload(text: string, call: (args: readonly CelValue[], frame: Frame) => CelValue, cost = 1): Overload {
  return { ...signature(text.replace(/\b(Authorizer|PathCheck|GroupCheck|ResourceCheck|Decision)\b/g, `${prefix}.$1`)), call, cost: (_args) => cost }
}

const narrowed = (field: 'subresource' | 'namespace' | 'name' | 'fieldSelector' | 'labelSelector') =>
  overload(
    `ResourceCheck.${field}(string): ResourceCheck`,
    ([self, value]) => new Check('ResourceCheck', { ...(self as Check).question, [field]: value as string }),
  )

const decided = (text: string, read: (decision: AuthorizationDecision) => CelValue) => overload(text, ([self]) => read((self as Decision).decision))

/** Kubernetes' `authorizer`. */
export const authorizers: Library = {
  overloads: [
    overload('Authorizer.path(string): PathCheck', ([self, path]) => new Check('PathCheck', { ...(self as Check).question, path: path as string })),
    overload('Authorizer.group(string): GroupCheck', ([self, group]) => new Check('GroupCheck', { ...(self as Check).question, group: group as string })),
    overload(
      'Authorizer.serviceAccount(string, string): Authorizer',
      ([, namespace, name]) => new Check('Authorizer', { serviceAccount: { namespace: namespace as string, name: name as string } }),
    ),
    overload(
      'GroupCheck.resource(string): ResourceCheck',
      ([self, resource]) => new Check('ResourceCheck', { ...(self as Check).question, resource: resource as string }),
    ),
    narrowed('subresource'),
    narrowed('namespace'),
    narrowed('name'),
    narrowed('fieldSelector'),
    narrowed('labelSelector'),
    overload('PathCheck.check(string): Decision', ([self, verb], frame) => check(self as Check, verb as string, frame), checkCost),
    overload('ResourceCheck.check(string): Decision', ([self, verb], frame) => check(self as Check, verb as string, frame), checkCost),
    decided('Decision.allowed(): bool', ({ allowed }) => allowed),
    decided('Decision.reason(): string', ({ reason }) => reason ?? ''),
    decided('Decision.errored(): bool', ({ error }) => error !== undefined),
    decided('Decision.error(): string', ({ error }) => error ?? ''),
  ],
  types: Object.fromEntries(types.map((name) => [name, opaque(name)])),
}

export const authorizerType = opaque(`${prefix}.Authorizer`)
export const resourceCheckType = opaque(`${prefix}.ResourceCheck`)
