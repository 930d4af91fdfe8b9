import type { KubeObject } from '../../../../kube/objects.ts'
import type { LabelSelectorLike } from '../../../../kube/validation/label-selector-validation.ts'
import type { RestEnvironment } from '../../rest/environment.ts'
import type { MatchCondition } from '../match-conditions.ts'
import { type MatchRule, stored } from '../matching.ts'

/** Where a webhook is: a URL, or a service in the cluster. */
export interface ClientConfig {
  readonly url?: string
  readonly service?: { readonly namespace: string; readonly name: string; readonly path?: string; readonly port?: number }
  /** PEM, in base64: whom its certificate must be signed by; else one of the system's authorities. */
  readonly caBundle?: string
}

/** admissionregistration.k8s.io/v1 ValidatingWebhook and MutatingWebhook. */
export interface Webhook {
  readonly name: string
  readonly clientConfig: ClientConfig
  readonly rules?: readonly MatchRule[]
  readonly failurePolicy?: string
  readonly matchPolicy?: string
  readonly namespaceSelector?: LabelSelectorLike
  readonly objectSelector?: LabelSelectorLike
  readonly sideEffects?: string
  readonly timeoutSeconds?: number
  readonly admissionReviewVersions?: readonly string[]
  readonly reinvocationPolicy?: string
  readonly matchConditions?: readonly MatchCondition[]
}

interface Configuration extends KubeObject {
  readonly webhooks?: readonly Webhook[]
}

/** A webhook of a configuration. */
export interface Hook {
  readonly webhook: Webhook
  readonly configuration: string
  /** Unique among all hooks, the same through one request. */
  readonly id: string
}

const hooks = new WeakMap<Configuration, readonly Hook[]>()

/** All webhooks of a kind of configuration: configurations by name, each one's webhooks in their order. */
export function webhooksOf(resource: 'mutatingwebhookconfigurations' | 'validatingwebhookconfigurations', environment: RestEnvironment): readonly Hook[] {
  return stored<Configuration>(resource, environment).flatMap((configuration) => {
    const known = hooks.get(configuration)
    if (known) return known
    const name = configuration.metadata?.name ?? ''
    const made = (configuration.webhooks ?? []).map((webhook, index) => ({ webhook, configuration: name, id: `${resource}/${name}/${webhook.name}/${index}` }))
    hooks.set(configuration, made)
    return made
  })
}
