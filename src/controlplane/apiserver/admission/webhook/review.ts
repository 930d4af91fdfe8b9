import { goQuote } from '../../../../base/go-quote.ts'
import { isRecord } from '../../../../kube/answers/type-check.ts'
import { KubeError } from '../../../../kube/client.ts'
import type { KubeObject, Status } from '../../../../kube/objects.ts'
import type { RequestInfo } from '../request-info.ts'

/** What a webhook decided, of either version of AdmissionReview. */
export interface Verdict {
  readonly allowed: boolean
  readonly status?: Partial<Status>
  /** Operations of a JSON patch; none when it changes nothing. */
  readonly patch?: unknown
  readonly warnings: readonly string[]
  readonly auditAnnotations: Readonly<Record<string, string>>
}

/** An answer that is none; the message is kube-apiserver's. */
export class InvalidReview extends Error {}

const versions = ['v1', 'v1beta1'] as const
type Version = (typeof versions)[number]

/** The first version that the webhook names and the server speaks; undefined when there is none. */
export function reviewVersion(accepted: readonly string[] | undefined): Version | undefined {
  return accepted?.map((name) => versions.find((version) => version === name)).find((version) => version !== undefined)
}

export function admissionReview(version: Version, info: RequestInfo, object: KubeObject | null, oldObject: KubeObject | null): object {
  return { kind: 'AdmissionReview', apiVersion: `admission.k8s.io/${version}`, request: { ...info, object, oldObject } }
}

/** Reads the answer to a review. Throws `InvalidReview`. */
export function readReview(answer: unknown, version: Version, uid: string, mutating: boolean): Verdict {
  const review = isRecord(answer) ? answer : {}
  const { response, kind, apiVersion } = review
  const wanted = `admission.k8s.io/${version}, Kind=AdmissionReview`
  if (kind !== 'AdmissionReview' || apiVersion !== `admission.k8s.io/${version}`) {
    // A v1beta1 review may leave out what it is.
    if (version === 'v1' || kind !== undefined || apiVersion !== undefined)
      throw new InvalidReview(`expected webhook response of ${wanted}, got ${typeText(apiVersion, kind)}`)
  }
  if (!isRecord(response)) throw new InvalidReview('webhook response was absent')
  if (version === 'v1' && response.uid !== uid) throw new InvalidReview(`expected response.uid=${goQuote(uid)}, got ${goQuote(textOf(response.uid))}`)
  return {
    allowed: response.allowed === true,
    ...(isRecord(response.status) && { status: response.status as Partial<Status> }),
    ...patchOf(response, version, mutating),
    warnings: Array.isArray(response.warnings) ? response.warnings.filter((text) => typeof text === 'string') : [],
    auditAnnotations: annotationsOf(response.auditAnnotations),
  }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')
const typeText = (apiVersion: unknown, kind: unknown) => `${textOf(apiVersion)}, Kind=${textOf(kind)}`

function annotationsOf(given: unknown): Readonly<Record<string, string>> {
  if (!isRecord(given)) return {}
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function patchOf({ patch, patchType }: Readonly<Record<string, unknown>>, version: Version, mutating: boolean): { readonly patch?: unknown } {
  const given = typeof patch === 'string' && patch !== ''
  if (version === 'v1' && !mutating) {
    if (given) throw new InvalidReview('webhook response.patch must not be set for a validating webhook')
    if (patchType !== undefined && patchType !== null) throw new InvalidReview('webhook response.patchType must not be set for a validating webhook')
  }
  if (!mutating) return {}
  if (version === 'v1') {
    if (given && textOf(patchType) === '') throw new InvalidReview('webhook returned response.patch but not response.patchType')
    if (!given && textOf(patchType) !== '') throw new InvalidReview('webhook returned response.patchType but not response.patch')
  }
  if (!given) return {}
  if (textOf(patchType) !== 'JSONPatch' && (version === 'v1' || textOf(patchType) !== ''))
    throw new InvalidReview(`webhook returned invalid response.patchType of ${goQuote(textOf(patchType))}`)
  return { patch: patch }
}

/** The operations of a patch in base64. Throws an error that says what it is not. */
export function patchOperations(patch: unknown): unknown {
  return JSON.parse(Buffer.from(patch as string, 'base64').toString())
}

/** A webhook's refusal as the client gets it. */
export function denied(webhook: string, given: Partial<Status> | undefined): KubeError {
  const by = `admission webhook ${goQuote(webhook)} denied the request`
  const why = textOf(given?.message) || textOf(given?.reason)
  const message = why ? `${by}: ${why}` : `${by} without explanation`
  // A refusal is never told as a success.
  const code = typeof given?.code === 'number' && given.code >= 400 && given.code < 600 ? given.code : 400
  const reason = textOf(given?.reason)
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason && { reason }),
    ...(isRecord(given?.details) && { details: given.details }),
    code,
  } as Status
  return new KubeError(message, code, reason || 'BadRequest', { status })
}
