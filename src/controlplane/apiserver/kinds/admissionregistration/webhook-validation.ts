import { isDeepStrictEqual } from 'node:util'
import type * as client from '@kubernetes/client-node'
import { duplicate, eachOf, type FieldError, invalid, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { validateFullyQualifiedName } from '../../../../kube/validation/formats.ts'
import { validateLabelSelector } from '../../../../kube/validation/label-selector-validation.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import type { GivenPart } from '../given.ts'
import { webhookCondition } from './expressions.ts'
import { validateMatchConditions } from './match-conditions.ts'
import { failurePolicies, matchPolicies, oneOf, reinvocationPolicies, validateRule } from './rule-validation.ts'
import { validateWebhookService, validateWebhookUrl } from './webhook-client-validation.ts'

/** A mutating webhook; a validating one is the same without a reinvocationPolicy. */
type Webhook = GivenPart<client.V1MutatingWebhook>

const noSideEffects = ['None', 'NoneOnDryRun']
const sideEffectClasses = [...noSideEffects, 'Some', 'Unknown']
const reviewVersions = ['v1', 'v1beta1']

/** What webhooks that were stored already may keep. */
interface Allowed {
  readonly sideEffects: boolean
  readonly unknownVersions: boolean
  readonly namesTwice: boolean
  readonly badSelectors: boolean
  readonly sameConditions: boolean
}

/** The mistakes of a list of webhooks. */
export function validateWebhooks(webhooks: readonly Webhook[] | undefined, previous: readonly Webhook[] | undefined): FieldError[] {
  const names = new Set<string>()
  const allowed = allowedOf(webhooks ?? [], previous)
  return eachOf('webhooks', webhooks, (at, webhook) => {
    const { name = '' } = webhook
    const again = !allowed.namesTwice && name !== '' && names.has(name) ? [duplicate(`${at}.name`, name)] : []
    names.add(name)
    return [...validateWebhook(at, webhook, allowed), ...validateVersions(`${at}.admissionReviewVersions`, webhook, allowed), ...again]
  })
}

function allowedOf(webhooks: readonly Webhook[], previous: readonly Webhook[] | undefined): Allowed {
  const before = previous ?? []
  const bad = (selector: Webhook['objectSelector']) => validateLabelSelector('', selector).length > 0
  return {
    sideEffects: before.some(({ sideEffects }) => !noSideEffects.includes(sideEffects ?? '')),
    unknownVersions: before.some(({ admissionReviewVersions: versions }) => versions?.length && !versions.some((version) => reviewVersions.includes(version))),
    namesTwice: new Set(before.map(({ name }) => name)).size < before.length,
    badSelectors: before.some(({ namespaceSelector, objectSelector }) => bad(namespaceSelector) || bad(objectSelector)),
    sameConditions:
      previous !== undefined &&
      isDeepStrictEqual(
        webhooks.map(({ matchConditions }) => matchConditions),
        before.map(({ matchConditions }) => matchConditions),
      ),
  }
}

function validateWebhook(at: string, webhook: Webhook, allowed: Allowed): FieldError[] {
  const { name = '', rules, sideEffects, timeoutSeconds: seconds = 10, clientConfig = {} } = webhook
  const classes = allowed.sideEffects ? sideEffectClasses : noSideEffects
  const effects = sideEffects === undefined ? [required(`${at}.sideEffects`, `must specify one of ${classes.join(', ')}`)] : undefined
  return [
    ...validateFullyQualifiedName(`${at}.name`, name),
    ...eachOf(`${at}.rules`, rules, validateRule),
    ...oneOf(`${at}.failurePolicy`, webhook.failurePolicy, failurePolicies),
    ...oneOf(`${at}.matchPolicy`, webhook.matchPolicy, matchPolicies),
    ...(effects ?? (classes.includes(sideEffects ?? '') ? [] : [notSupported(`${at}.sideEffects`, sideEffects, classes)])),
    ...(seconds > 30 || seconds < 1 ? [invalid(`${at}.timeoutSeconds`, seconds, 'the timeout value must be between 1 and 30 seconds')] : []),
    ...validateLabelSelector(`${at}.namespaceSelector`, webhook.namespaceSelector, allowed.badSelectors),
    ...validateLabelSelector(`${at}.objectSelector`, webhook.objectSelector, allowed.badSelectors),
    ...oneOf(`${at}.reinvocationPolicy`, webhook.reinvocationPolicy, reinvocationPolicies),
    ...validateClient(`${at}.clientConfig`, clientConfig),
    ...(allowed.sameConditions ? [] : validateMatchConditions(`${at}.matchConditions`, webhook.matchConditions, webhookCondition)),
  ]
}

function validateClient(at: string, { url, service }: NonNullable<Webhook['clientConfig']>): FieldError[] {
  if ((url === undefined) === (service === undefined)) return [required(at, 'exactly one of url or service is required')]
  return url === undefined ? validateWebhookService(`${at}.service`, service ?? {}) : validateWebhookUrl(`${at}.url`, url)
}

function validateVersions(path: string, { admissionReviewVersions }: Webhook, allowed: Allowed): FieldError[] {
  const versions: readonly string[] = admissionReviewVersions ?? []
  if (versions.length === 0) return [required(path, `must specify one of ${reviewVersions.join(', ')}`)]
  const errors = eachOf(path, versions, (at, version, index) =>
    versions.indexOf(version) < index ? [invalid(at, version, 'duplicate version')] : validateName(at, version, 'service'),
  )
  if (allowed.unknownVersions || versions.some((version) => reviewVersions.includes(version))) return errors
  return [...errors, invalid(path, versions, `must include at least one of ${reviewVersions.join(', ')}`)]
}
