import { isDeepStrictEqual } from 'node:util'
import type * as client from '@kubernetes/client-node'
import type { KubeObject } from '../../../../kube/objects.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import type { Given } from '../given.ts'
import { defineKind } from '../kind.ts'
import { ruleDefaults } from './rule-validation.ts'
import { validateWebhooks } from './webhook-validation.ts'

export type MutatingWebhookConfiguration = Given<client.V1MutatingWebhookConfiguration>
export type ValidatingWebhookConfiguration = Given<client.V1ValidatingWebhookConfiguration>

const webhooksOf = (object: KubeObject) => (object as MutatingWebhookConfiguration).webhooks ?? []

function webhookDefaults({ webhooks }: ValidatingWebhookConfiguration): void {
  for (const webhook of webhooks ?? []) {
    webhook.failurePolicy ??= 'Fail'
    webhook.matchPolicy ??= 'Equivalent'
    webhook.namespaceSelector ??= {}
    webhook.objectSelector ??= {}
    webhook.timeoutSeconds ??= 10
    webhook.clientConfig ??= {}
    webhook.admissionReviewVersions ??= null as never
    webhook.name ??= ''
    if (webhook.clientConfig.service) webhook.clientConfig.service.port ??= 443
    ruleDefaults(webhook.rules)
  }
}

const shared = {
  group: 'admissionregistration.k8s.io',
  namespaced: false,
  categories: ['api-extensions'],
  generation: (next: KubeObject, previous: KubeObject) => !isDeepStrictEqual(webhooksOf(next), webhooksOf(previous)),
  printer: printer<MutatingWebhookConfiguration>([column('Name'), column('Webhooks', 0, 'integer'), column('Age')], (object, now) => [
    nameOf(object),
    object.webhooks?.length ?? 0,
    ageOf(object, now),
  ]),
} as const

/** admissionregistration.k8s.io/v1 MutatingWebhookConfiguration. */
export const mutatingWebhookConfigurations = defineKind<MutatingWebhookConfiguration>({
  ...shared,
  resource: 'mutatingwebhookconfigurations',
  kind: 'MutatingWebhookConfiguration',
  defaults(configuration) {
    webhookDefaults(configuration)
    for (const webhook of configuration.webhooks ?? []) webhook.reinvocationPolicy ??= 'Never'
  },
  validate: ({ webhooks }, previous) => validateWebhooks(webhooks, previous?.webhooks),
})

/** admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration. */
export const validatingWebhookConfigurations = defineKind<ValidatingWebhookConfiguration>({
  ...shared,
  resource: 'validatingwebhookconfigurations',
  kind: 'ValidatingWebhookConfiguration',
  defaults: webhookDefaults,
  validate: ({ webhooks }, previous) => validateWebhooks(webhooks, previous?.webhooks),
})
