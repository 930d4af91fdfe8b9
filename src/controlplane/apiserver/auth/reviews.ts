import type { KubeObject } from '../../../kube/objects.ts'
import { modelOfKind } from '../../../kube/types/models.ts'
import { type FieldError, invalid as invalidField, required } from '../../../kube/validation/field-errors.ts'
import { reviews } from '../kinds/registry.ts'
import type { RequestContext, ResourceDefinition } from '../resource.ts'
import { type FieldTerm, parseFieldTerms } from '../rest/field-selector.ts'
import { badRequest, invalid } from '../rest/status-errors.ts'
import { userOfBearer } from './authenticate.ts'
import { authorize } from './authorizer.ts'
import { aggregated, rulesFor } from './rbac/rbac-authorizer.ts'
import { rbacIndexOf } from './rbac/rbac-index.ts'
import { defaultIssuer, type TokenSigner } from './tokens.ts'
import { type Attributes, nodeNameOf, type User } from './user.ts'

interface Review extends KubeObject {
  readonly spec?: {
    readonly token?: string
    readonly namespace?: string
    readonly audiences?: readonly string[]
    readonly user?: string
    readonly uid?: string
    readonly groups?: readonly string[]
    readonly extra?: Readonly<Record<string, readonly string[]>>
    readonly resourceAttributes?: Partial<Omit<Attributes, 'fieldSelector'>> & {
      readonly fieldSelector?: SelectorAttributes
      readonly labelSelector?: SelectorAttributes
    }
    readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string }
  }
}

/** How a SubjectAccessReview says what a list is limited to: as text or in parts. */
interface SelectorAttributes {
  readonly rawSelector?: string
  readonly requirements?: readonly { readonly key?: string; readonly operator?: string; readonly values?: readonly string[] }[]
}

type Answer = (review: Review, context: RequestContext) => Promise<unknown>

/** The kinds that are questions: tokens, access, and who one is. */
export function reviewDefinitions(signer: TokenSigner): ResourceDefinition[] {
  const answers: Readonly<Record<string, Answer>> = {
    tokenreviews: (review, context) => reviewToken(review, context, signer),
    selfsubjectreviews: async (_, { user }) => ({ userInfo: userInfo(user) }),
    subjectaccessreviews: reviewSubject,
    localsubjectaccessreviews: reviewLocal,
    selfsubjectaccessreviews: reviewSelf,
    selfsubjectrulesreviews: async (review, context) => reviewRules(review, context),
  }
  return reviews
    .filter(({ resource }) => answers[resource])
    .map((served) => ({
      ...served,
      model: modelOfKind(served),
      async answerCreate(object, context) {
        const status = await answers[served.resource]?.(object as Review, context)
        return { ...object, metadata: object.metadata ?? {}, status } as KubeObject
      },
    }))
}

const userInfo = ({ name, uid, groups, extra }: User) => ({ username: name, ...(uid && { uid }), groups, ...(extra && { extra }) })

async function reviewToken({ spec }: Review, context: RequestContext, signer: TokenSigner) {
  if (!spec?.token) throw badRequest('token is required for TokenReview in authentication')
  const audiences = spec.audiences?.length ? spec.audiences : [defaultIssuer]
  const owner = await userOfBearer(spec.token, audiences, signer, context.backend, context.now)
  return owner ? { authenticated: true, user: userInfo(owner.user), audiences: owner.audiences } : { user: {}, error: 'invalid bearer token' }
}

type Spec = NonNullable<Review['spec']>

/** What is wrong with a question, in upstream's words (pkg/apis/authorization/validation). */
function specErrors(spec: Spec = {}, asksOfOthers: boolean): FieldError[] {
  const { resourceAttributes: resource, nonResourceAttributes: path, user, groups } = spec
  const errors: FieldError[] = []
  if (resource && path) errors.push(invalidField('spec.nonResourceAttributes', path, 'cannot be specified in combination with resourceAttributes'))
  if (!resource && !path)
    errors.push(invalidField('spec.resourceAttributes', null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified'))
  if (asksOfOthers && !user && !groups?.length) errors.push(invalidField('spec.user', user ?? '', 'at least one of user or group must be specified'))
  for (const name of ['fieldSelector', 'labelSelector'] as const) {
    const selector = resource?.[name]
    const at = `spec.resourceAttributes.${name}`
    if (!selector) continue
    if (selector.rawSelector && selector.requirements?.length)
      errors.push(invalidField(`${at}.rawSelector`, selector.rawSelector, 'may not specified at the same time as requirements'))
    if (!selector.rawSelector && !selector.requirements?.length)
      errors.push(required(`${at}.requirements`, `when ${at} is specified, requirements or rawSelector is required`))
  }
  return errors
}

/** The kind is not told: upstream has none by then. */
function refuseErrors(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: 'authorization.k8s.io', resource: '', kind: '' }, '', errors)
}

/** Of one namespace, so that who may ask there only learns nothing of others. */
function reviewLocal(review: Review, context: RequestContext) {
  const { resourceAttributes: asked, nonResourceAttributes: path } = review.spec ?? {}
  const within = review.metadata?.namespace ?? ''
  refuseErrors([
    ...specErrors(review.spec, true),
    ...(asked && (asked.namespace ?? '') !== within
      ? [invalidField('spec.resourceAttributes.namespace', asked.namespace ?? '', 'must match metadata.namespace')]
      : []),
    ...(path ? [invalidField('spec.nonResourceAttributes', path, 'disallowed on this kind of request')] : []),
  ])
  return reviewSubject(review, context)
}

function reviewSubject(review: Review, context: RequestContext) {
  const { user, uid, groups, extra } = review.spec ?? {}
  refuseErrors(specErrors(review.spec, true))
  return decide(review, { name: user ?? '', uid, groups: groups ?? [], ...(extra && { extra }) }, context)
}

function reviewSelf(review: Review, context: RequestContext) {
  refuseErrors(specErrors(review.spec, false))
  return decide(review, context.user, context)
}

async function decide({ spec }: Review, user: User, { backend }: RequestContext) {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec ?? {}
  const blank = { verb: '', group: '', resource: '', subresource: '', namespace: '', name: '' }
  const { fieldSelector, labelSelector: _, ...named } = resource ?? {}
  const asked: Attributes = resource
    ? { ...blank, ...named, ...(fieldSelector && { fieldSelector: termsOf(fieldSelector) }) }
    : { ...blank, verb: path?.verb ?? '', path: path?.path ?? '' }
  return authorize(user, asked, backend)
}

/** What cannot be read limits nothing, so that it allows nothing either. */
function termsOf({ rawSelector, requirements = [] }: SelectorAttributes): FieldTerm[] {
  if (!rawSelector)
    return requirements.flatMap(({ key = '', operator, values = [] }) => {
      const [value = '', ...more] = values
      return more.length > 0 || (operator !== 'In' && operator !== 'NotIn') ? [] : [{ field: key, value, equal: operator === 'In' }]
    })
  try {
    return parseFieldTerms(rawSelector)
  } catch {
    return []
  }
}

/** What `kubectl auth can-i --list` shows: what roles give in a namespace and in the cluster. What else a node may is not told by rules. */
function reviewRules({ spec }: Review, { user, backend }: RequestContext) {
  if (!spec?.namespace) throw badRequest('no namespace on request')
  const { rules, errors } = rulesFor(rbacIndexOf(backend), user, spec.namespace)
  const isNode = nodeNameOf(user) !== undefined
  const told = [...(isNode ? ['node authorizer does not support user rule resolution'] : []), ...errors]
  return {
    resourceRules: rules.flatMap(({ verbs = [], apiGroups, resources, resourceNames }) =>
      resources?.length ? [{ verbs, apiGroups, resources, ...(resourceNames?.length && { resourceNames }) }] : [],
    ),
    nonResourceRules: rules.flatMap(({ verbs = [], nonResourceURLs }) => (nonResourceURLs?.length ? [{ verbs, nonResourceURLs }] : [])),
    incomplete: isNode,
    ...(told.length > 0 && { evaluationError: aggregated(told) }),
  }
}
