import { X509Certificate } from 'node:crypto'
import { goQuote } from '../../../../base/go-quote.ts'
import type { KubeObject } from '../../../../kube/objects.ts'
import type { ResourceDefinition } from '../../resource.ts'
import type { RestEnvironment } from '../../rest/environment.ts'
import { badRequest, forbiddenBy, internal } from '../../rest/status-errors.ts'
import { authorizerBindings, type Decide, Evaluation, webhookExpressions } from '../expressions.ts'
import { type HookRequest, nameOf, newObject, oldObject } from '../hooks.ts'
import { matchConditions } from '../match-conditions.ts'
import { converted, match } from '../matching.ts'
import { requestInfo } from '../request-info.ts'
import { addressOf, NoAddress, unreachable } from './address.ts'
import { CallFailed, type WebhookCaller } from './caller.ts'
import type { Hook, Webhook } from './configuration.ts'
import { admissionReview, InvalidReview, readReview, reviewVersion, type Verdict } from './review.ts'

/** What webhooks are asked with. */
export interface WebhookTools {
  readonly caller: WebhookCaller
  readonly decide: Decide
  /** Told when a webhook failed and its policy lets the request pass. */
  failedOpen(webhook: string, why: string): void
}

// apiserver/pkg/apis/cel: RuntimeCELCostBudgetMatchConditions.
const matchConditionsBudget = 2_500_000

/** The version in which a hook wants to see a request; undefined when it is not about it. Throws what refuses the request. */
export async function concerns(
  { webhook }: Hook,
  request: HookRequest,
  environment: RestEnvironment,
  { decide }: WebhookTools,
): Promise<ResourceDefinition | undefined> {
  const { rules = [], matchConditions: conditions = [] } = webhook
  const seen = match({ ...webhook, rules }, request, environment)
  if (!seen || conditions.length === 0) return seen
  const [object, old] = await bothObjects(request, seen)
  const bindings = { object, oldObject: old, request: requestInfo(request, seen), ...authorizerBindings(request) }
  const outcome = await matchConditions(conditions, webhookExpressions, bindings, new Evaluation(decide, request.context.user, matchConditionsBudget))
  if (outcome.matches) return seen
  if (outcome.error !== undefined && !ignoresFailure(webhook)) throw forbiddenBy(request.definition, nameOf(request), outcome.error)
  return undefined
}

const bothObjects = async (request: HookRequest, seen: ResourceDefinition): Promise<[KubeObject | null, KubeObject | null]> => {
  // Only whole objects have versions; what is sent to a subresource is of its own kind.
  const whole = request.subresource === '' || request.subresource === 'status'
  const to = whole ? seen : request.definition
  return [await converted(newObject(request), request.definition, to), await converted(oldObject(request), request.definition, to)]
}

export const ignoresFailure = ({ failurePolicy }: Webhook): boolean => failurePolicy === 'Ignore'

/** Asks a hook. Undefined when it failed and is to be ignored then; throws when that refuses the request. A refusal of its own is a verdict. */
export async function ask(
  hook: Hook,
  request: HookRequest,
  seen: ResourceDefinition,
  mutating: boolean,
  environment: RestEnvironment,
  tools: WebhookTools,
): Promise<Verdict | undefined> {
  const { webhook } = hook
  if (request.context.dryRun && webhook.sideEffects !== 'None' && webhook.sideEffects !== 'NoneOnDryRun')
    throw badRequest(`admission webhook ${goQuote(webhook.name)} does not support dry run`)
  try {
    return await review(webhook, request, seen, mutating, environment, tools)
  } catch (error) {
    const why = failure(error)
    if (why === undefined) throw error
    const message = `failed calling webhook ${goQuote(webhook.name)}: ${why}`
    if (!ignoresFailure(webhook)) throw internal(message)
    request.context.annotate?.(`${mutating ? 'mutation' : 'validation'}.webhook.admission.k8s.io/failed-open`, webhook.name)
    tools.failedOpen(webhook.name, message)
    return undefined
  }
}

function failure(error: unknown): string | undefined {
  if (error instanceof InvalidReview) return `received invalid webhook response: ${error.message}`
  if (error instanceof CallFailed) return `failed to call webhook: ${error.message}`
  return undefined
}

async function review(
  webhook: Webhook,
  request: HookRequest,
  seen: ResourceDefinition,
  mutating: boolean,
  environment: RestEnvironment,
  { caller }: WebhookTools,
): Promise<Verdict> {
  const version = reviewVersion(webhook.admissionReviewVersions)
  if (!version) throw new InvalidReview(`webhook does not accept known AdmissionReview versions (v1, v1beta1)`)
  const [object, old] = await bothObjects(request, seen)
  const info = requestInfo(request, seen)
  const answer = await caller.call({
    address: address(webhook, environment),
    ...authority(webhook),
    timeoutSeconds: webhook.timeoutSeconds ?? 10,
    body: admissionReview(version, info, object, old),
  })
  const verdict = readReview(answer, version, info.uid, mutating)
  for (const text of verdict.warnings) request.context.warn(text)
  for (const [key, value] of Object.entries(verdict.auditAnnotations)) request.context.annotate?.(`${webhook.name}/${key}`, value)
  return verdict
}

function address({ clientConfig, timeoutSeconds = 10 }: Webhook, environment: RestEnvironment) {
  try {
    return addressOf(clientConfig, environment)
  } catch (error) {
    if (!(error instanceof NoAddress)) throw error
    throw new CallFailed(unreachable(clientConfig, timeoutSeconds, error))
  }
}

const authorities = new Map<string, string>()

/** The bundle's PEM; the node's TLS refuses what is none only when it is used, so it is looked at first. */
function authority({ clientConfig: { caBundle } }: Webhook): { readonly ca?: string } {
  if (!caBundle) return {}
  const known = authorities.get(caBundle)
  if (known !== undefined) return { ca: known }
  const pem = Buffer.from(caBundle, 'base64').toString()
  try {
    new X509Certificate(pem)
  } catch {
    throw new CallFailed('unable to load root certificates: unable to parse bytes as PEM block')
  }
  if (authorities.size >= 256) authorities.clear()
  authorities.set(caBundle, pem)
  return { ca: pem }
}
