import { randomUUID } from 'node:crypto'
import type { KubeObject } from '../../../kube/objects.ts'
import type { Conversion } from './custom-resource-definition.ts'

/** What a conversion webhook is asked: objects of one version, to be of another. */
export interface ConversionReview {
  readonly uid: string
  readonly apiVersion: string
  readonly body: unknown
}

/** Undefined when the webhook knows no version of reviews that is known here. */
export function conversionReview(conversion: Conversion, desiredAPIVersion: string, objects: readonly KubeObject[]): ConversionReview | undefined {
  const version = conversion.webhook?.conversionReviewVersions?.find((each) => each === 'v1' || each === 'v1beta1')
  if (!version) return undefined
  const uid = randomUUID()
  const apiVersion = `apiextensions.k8s.io/${version}`
  return { uid, apiVersion, body: { kind: 'ConversionReview', apiVersion, request: { uid, desiredAPIVersion, objects } } }
}

/** The converted objects of an answer. Throws with apiextensions' words for one that is none. */
export function readConversion(answer: unknown, { uid, apiVersion }: ConversionReview): readonly unknown[] {
  const given = isObject(answer) ? answer : {}
  if (given.apiVersion !== apiVersion || given.kind !== 'ConversionReview')
    throw new Error(`expected webhook response of ${gvk(apiVersion, 'ConversionReview')}, got ${gvk(String(given.apiVersion ?? ''), String(given.kind ?? ''))}`)
  const { response } = given
  if (!isObject(response)) throw new Error('no response provided')
  if (apiVersion.endsWith('/v1') && response.uid !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(String(response.uid ?? ''))}`)
  const result = isObject(response.result) ? response.result : {}
  if (result.status !== 'Success')
    throw new Error(result.message ? String(result.message) : `response.result.status was '${String(result.status ?? '')}', not 'Success'`)
  return Array.isArray(response.convertedObjects) ? response.convertedObjects : []
}

/** `example.com/v1, Kind=Widget`. */
export const gvk = (apiVersion: string, kind: string): string => `${apiVersion}, Kind=${kind}`

/**
 * A converted object with the metadata of the one it was made of: a webhook may change labels and annotations alone. Throws with apiextensions' words
 * for what is not that object in the version asked for.
 */
export function restored(converted: unknown, original: KubeObject, apiVersion: string): KubeObject {
  if (!isObject(converted)) throw new Error('invalid object')
  if (converted.apiVersion !== apiVersion) throw new Error(`invalid groupVersion (expected ${apiVersion}, received ${String(converted.apiVersion ?? '')})`)
  if (converted.kind !== original.kind) throw new Error(`invalid kind (expected ${original.kind}, received ${String(converted.kind ?? '')})`)
  const { metadata } = converted
  if (!isObject(metadata)) throw new Error('missing metadata in converted object')
  for (const [field, name] of [
    ['name', 'name'],
    ['namespace', 'namespace'],
    ['uid', 'UID'],
  ] as const) {
    const [given, wanted] = [metadata[field] ?? '', original.metadata?.[field] ?? '']
    if (given !== wanted) throw new Error(`must have the same ${name}: ${String(given)} != ${wanted}`)
  }
  const { labels: _l, annotations: _a, ...kept } = original.metadata ?? {}
  const { labels, annotations } = metadata
  return { ...converted, metadata: { ...kept, ...(isObject(labels) && { labels }), ...(isObject(annotations) && { annotations }) } } as KubeObject
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
