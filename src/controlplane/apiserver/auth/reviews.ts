import type { KubeObject } from '../../../kube/objects.ts'
import { modelOfKind } from '../../../kube/types/models.ts'
import { invalid as invalidField } from '../../../kube/validation/field-errors.ts'
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
    readonly resourceAttributes?: Partial<Omit<Attributes, 'fieldSelector'>> & { readonly fieldSelector?: FieldSelectorAttributes }
    readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string }
  }
}

/** How a SubjectAccessReview says what a list is limited to: as text or in parts. */
interface FieldSelectorAttributes {
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
    selfsubjectaccessreviews: (review, context) => decide(review, context.user, context),
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

/** Of one namespace, so that who may ask there only learns nothing of others. */
function reviewLocal(review: Review, context: RequestContext) {
  const { resourceAttributes: asked, nonResourceAttributes: path } = review.spec ?? {}
  const within = review.metadata?.namespace ?? ''
  const errors = [
    ...(asked && (asked.namespace ?? '') !== within
      ? [invalidField('spec.resourceAttributes.namespace', asked.namespace ?? '', 'must match metadata.namespace')]
      : []),
    ...(path ? [invalidField('spec.nonResourceAttributes', path, 'disallowed on this kind of request')] : []),
  ]
  if (errors.length > 0) throw invalid({ group: 'authorization.k8s.io', resource: 'localsubjectaccessreviews', kind: 'LocalSubjectAccessReview' }, '', errors)
  return reviewSubject(review, context)
}

function reviewSubject(review: Review, context: RequestContext) {
  const { user, uid, groups } = review.spec ?? {}
  if (!user && !groups?.length) throw badRequest('at least one of user or group must be specified')
  return decide(review, { name: user ?? '', uid, groups: groups ?? [] }, context)
}

async function decide({ spec }: Review, user: User, { backend }: RequestContext) {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec ?? {}
  if (!resource === !path) throw badRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified')
  const blank = { verb: '', group: '', resource: '', subresource: '', namespace: '', name: '' }
  const { fieldSelector, ...named } = resource ?? {}
  const asked: Attributes = resource
    ? { ...blank, ...named, ...(fieldSelector && { fieldSelector: termsOf(fieldSelector) }) }
    : { ...blank, verb: path?.verb ?? '', path: path?.path ?? '' }
  return authorize(user, asked, backend)
}

/** What cannot be read limits nothing, so that it allows nothing either. */
function termsOf({ rawSelector, requirements = [] }: FieldSelectorAttributes): FieldTerm[] {
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
