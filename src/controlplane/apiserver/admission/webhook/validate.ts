import type { RestEnvironment } from '../../rest/environment.ts'
import type { HookRequest } from '../hooks.ts'
import { isExempt } from '../matching.ts'
import { ask, concerns, type WebhookTools } from './ask.ts'
import { type Hook, webhooksOf } from './configuration.ts'
import { denied } from './review.ts'

/** Asks the validating webhooks, all at once; the first in their order that refuses is who refuses. */
export async function callValidatingWebhooks(request: HookRequest, environment: RestEnvironment, tools: WebhookTools): Promise<void> {
  if (isExempt(request.definition)) return
  const hooks = webhooksOf('validatingwebhookconfigurations', environment)
  if (hooks.length === 0) return
  const outcomes = await Promise.allSettled(hooks.map((hook) => validate(hook, request, environment, tools)))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

async function validate(hook: Hook, request: HookRequest, environment: RestEnvironment, tools: WebhookTools): Promise<void> {
  const seen = await concerns(hook, request, environment, tools)
  const verdict = seen && (await ask(hook, request, seen, false, environment, tools))
  if (verdict && !verdict.allowed) throw denied(hook.webhook.name, verdict.status)
}
