import { isDeepStrictEqual } from 'node:util'
import { goQuote } from '../../../../base/go-quote.ts'
import { KubeError } from '../../../../kube/client.ts'
import type { KubeObject } from '../../../../kube/objects.ts'
import { jsonPatch } from '../../patch/json-patch.ts'
import type { ResourceDefinition } from '../../resource.ts'
import { decodeObject } from '../../rest/decode.ts'
import type { RestEnvironment } from '../../rest/environment.ts'
import { internal } from '../../rest/status-errors.ts'
import { become, type HookRequest, type Rounds } from '../hooks.ts'
import { converted, isExempt } from '../matching.ts'
import { ask, concerns, type WebhookTools } from './ask.ts'
import { webhooksOf } from './configuration.ts'
import { denied, patchOperations } from './review.ts'

/** Asks the mutating webhooks, one after the other, each seeing what those before it made of the object. */
export async function callMutatingWebhooks(request: HookRequest, environment: RestEnvironment, rounds: Rounds, tools: WebhookTools): Promise<void> {
  if (isExempt(request.definition)) return
  const hooks = webhooksOf('mutatingwebhookconfigurations', environment)
  for (const [index, hook] of hooks.entries()) {
    if (rounds.round === 1 && !rounds.again.has(hook.id)) continue
    const seen = await concerns(hook, request, environment, tools)
    if (!seen) continue
    const verdict = await ask(hook, request, seen, true, environment, tools)
    if (!verdict) continue
    if (!verdict.allowed) throw denied(hook.webhook.name, verdict.status)
    const changed = verdict.patch === undefined ? false : await applyPatch(hook.webhook.name, verdict.patch, request, seen)
    annotate(request, rounds.round, index, hook.configuration, hook.webhook.name, changed)
    if (changed) {
      rounds.changed = true
      for (const id of rounds.reinvocable) rounds.again.add(id)
    }
    if (hook.webhook.reinvocationPolicy === 'IfNeeded') rounds.reinvocable.add(hook.id)
  }
}

/** Whether the patch changed anything. */
async function applyPatch(webhook: string, patch: unknown, request: HookRequest, seen: ResourceDefinition): Promise<boolean> {
  const { definition, subresource, object, operation, context } = request
  if (operation === 'DELETE' || operation === 'CONNECT')
    throw internal(`admission webhook ${goQuote(webhook)} attempted to modify the object, which is not supported for this operation`)
  const whole = subresource === '' || subresource === 'status'
  const before = whole ? await converted(object, definition, seen) : object
  let next: KubeObject
  try {
    next = jsonPatch(before, patchOperations(patch)) as KubeObject
  } catch (error) {
    throw internal(
      error instanceof KubeError || error instanceof SyntaxError ? `jsonpatch of webhook ${goQuote(webhook)} does not apply: ${error.message}` : String(error),
    )
  }
  if (whole) {
    const back = (await converted(next, seen, definition)) ?? next
    next = decodeObject(definition, back, { fieldValidation: 'Ignore', warn: context.warn })
    definition.defaults?.(next)
  }
  if (isDeepStrictEqual(next, object)) return false
  become(object, next)
  return true
}

function annotate({ context }: HookRequest, round: number, index: number, configuration: string, webhook: string, mutated: boolean): void {
  context.annotate?.(`mutation.webhook.admission.k8s.io/round_${round}_index_${index}`, JSON.stringify({ configuration, webhook, mutated }))
}
