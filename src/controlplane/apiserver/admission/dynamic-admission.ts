import { isDeepStrictEqual } from 'node:util'
import type { Logger } from '../../../base/log.ts'
import type { AuthorizationQuestion } from '../../../cel/library/authorizer.ts'
import type { Authorize } from '../http/router.ts'
import type { RestEnvironment } from '../rest/environment.ts'
import { type Scale, scaled, scaleOf } from '../rest/scale.ts'
import { askedUser, type Decide } from './expressions.ts'
import { type AdmissionHooks, become, type HookRequest, type Rounds } from './hooks.ts'
import { applyPolicies } from './policy/mutate.ts'
import { checkPolicies } from './policy/validate.ts'
import type { WebhookTools } from './webhook/ask.ts'
import { WebhookCaller } from './webhook/caller.ts'
import { callMutatingWebhooks } from './webhook/mutate.ts'
import { callValidatingWebhooks } from './webhook/validate.ts'

export interface DynamicAdmissionOptions {
  /** For expressions that ask what a user may do. */
  readonly authorize: Authorize
  readonly log: Logger
}

const scaleRuleOf = ({ definition, subresource, operation }: HookRequest) =>
  operation === 'UPDATE' ? definition.subresources?.find(({ name }) => name === subresource)?.scale : undefined

/** What is changed through a `scale` is seen as the Scale that was sent. */
function asSeen(request: HookRequest): HookRequest {
  const rule = scaleRuleOf(request)
  return rule ? { ...request, object: scaleOf(rule, request.object), ...(request.old && { old: scaleOf(rule, request.old) }) } : request
}

/** The replicas that hooks made of the wish. */
function putBack(request: HookRequest, scale: Scale): void {
  const rule = scaleRuleOf(request)
  if (rule && scaleOf(rule, request.object).spec?.replicas !== scale.spec?.replicas) become(request.object, scaled(rule, request.object, scale))
}

/** Policies and webhooks, in kube-apiserver's order: what changes an object first (policies, then webhooks), then what checks it. */
export class DynamicAdmission implements AdmissionHooks, Disposable {
  readonly #caller = new WebhookCaller()
  readonly #options: DynamicAdmissionOptions

  constructor(options: DynamicAdmissionOptions) {
    this.#options = options
  }

  async mutate(given: HookRequest, environment: RestEnvironment, rounds: Rounds): Promise<void> {
    const request = asSeen(given)
    // Built-in steps may have changed it since a hook saw it.
    if (rounds.last && rounds.round === 1 && !isDeepStrictEqual(rounds.last, request.object)) for (const id of rounds.reinvocable) rounds.again.add(id)
    const tools = this.#tools(environment)
    await applyPolicies(request, environment, rounds, tools.decide)
    await callMutatingWebhooks(request, environment, rounds, tools)
    if (rounds.reinvocable.size > 0) rounds.last = structuredClone(request.object)
    if (request !== given) putBack(given, request.object)
  }

  async validate(given: HookRequest, environment: RestEnvironment): Promise<void> {
    const request = asSeen(given)
    const tools = this.#tools(environment)
    await checkPolicies(request, environment, tools.decide)
    await callValidatingWebhooks(request, environment, tools)
  }

  #tools(environment: RestEnvironment): WebhookTools {
    const { log } = this.#options
    return {
      caller: this.#caller,
      decide: this.#decide(environment),
      failedOpen: (webhook, why) => log.warn('a webhook failed, the request passes', { webhook, why }),
    }
  }

  #decide(environment: RestEnvironment): Decide {
    return async (question: AuthorizationQuestion, user) => {
      const { verb, group = '', resource = '', subresource = '', namespace = '', name = '', path } = question
      const asked = { verb, group, resource, subresource, namespace, name, ...(path !== undefined && { path }) }
      try {
        return await this.#options.authorize(askedUser(question, user), asked, environment.backend)
      } catch (error) {
        return { allowed: false, error: (error as Error).message }
      }
    }
  }

  [Symbol.dispose](): void {
    this.#caller[Symbol.dispose]()
  }
}
