import { createHash } from 'node:crypto'
import { parseJson, writeJson } from '../../../src/json/exact.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { defaultPod } from '../../../src/kube/pod-defaults.ts'
import { validateLabels, validateName } from '../../../src/kube/validation/names.ts'
import { validatePod } from '../../../src/kube/validation/pod-validation.ts'
import { readYamlDocuments, type YamlDocument } from '../../../src/yaml/read-yaml.ts'

/** A static pod's manifest cannot be used; the message says what is wrong in it. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
}

/** Where a manifest was read: a file's absolute path or a URL. */
export interface ManifestOrigin {
  readonly source: 'file' | 'http'
  readonly location: string
  readonly nodeName: string
  /** RFC 3339, for `kubernetes.io/config.seen`. */
  readonly seen: string
}

/**
 * Reads the pods of a manifest, YAML or JSON: one Pod, or (from a URL) a PodList or List of them, completed as the kubelet does.
 * Throws `ManifestError`.
 */
export function parseManifest(text: string, origin: ManifestOrigin): Pod[] {
  const object = parseOne(text)
  const items = origin.source === 'http' && (object.kind === 'PodList' || object.kind === 'List') ? object.items : undefined
  if (items === undefined) return [staticPod(object, origin)]
  if (!Array.isArray(items)) throw new ManifestError('items: not a list')
  return items.map((item: unknown) => staticPod({ apiVersion: 'v1', kind: 'Pod', ...asObject(item) }, origin))
}

function parseOne(text: string): Record<string, unknown> {
  if (text.trim() === '') throw new ManifestError('it is empty; give the manifest of one Pod')
  const [document, ...others] = documentsOf(text).filter(({ value }, index) => index === 0 || value !== null)
  if (others.length > 0) throw new ManifestError(`it holds ${others.length + 1} documents; give one Pod for each file`)
  if (document && document.duplicates.length > 0) throw new ManifestError(`it is neither YAML nor JSON: yaml: ${document.duplicates.join(', ')}`)
  return asObject(document?.value)
}

/** JSON is read as JSON, all else as YAML 1.1. */
function documentsOf(text: string): readonly YamlDocument[] {
  try {
    if (text.trimStart().startsWith('{')) return [{ value: parseJson(text), duplicates: [] }]
  } catch {
    // A map in YAML's flow style begins so too.
  }
  try {
    return readYamlDocuments(text)
  } catch (cause) {
    throw new ManifestError(`it is neither YAML nor JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new ManifestError('it holds no object; give the manifest of one Pod')
}

/** kubelet 1.32, `applyDefaults`: name, namespace, node, uid and annotations; then the API's defaults and its checks. */
function staticPod(object: Record<string, unknown>, { source, location, nodeName, seen }: ManifestOrigin): Pod {
  if (object.apiVersion !== 'v1' || object.kind !== 'Pod')
    throw new ManifestError(`it is a ${String(object.kind)} of ${String(object.apiVersion)}; give a Pod of v1`)
  const given = object as Pod
  const name = given.metadata?.name
  if (!name) throw new ManifestError('metadata.name is missing')
  if (given.metadata?.uid && !/^[A-Za-z0-9][-A-Za-z0-9.]{0,127}$/.test(given.metadata.uid))
    throw new ManifestError(`metadata.uid: ${JSON.stringify(given.metadata.uid)} is no uid; leave it out`)
  const uid = given.metadata?.uid || contentUid(given, source, location, nodeName)
  const pod: Pod = structuredClone(given)
  pod.metadata = {
    ...pod.metadata,
    name: `${name}-${nodeName.toLowerCase()}`,
    namespace: given.metadata?.namespace || 'default',
    uid,
    creationTimestamp: given.metadata?.creationTimestamp ?? seen,
    annotations: {
      ...pod.metadata?.annotations,
      'kubernetes.io/config.hash': uid,
      'kubernetes.io/config.seen': seen,
      'kubernetes.io/config.source': source,
    },
  }
  defaulted(pod)
  const spec = pod.spec ?? { containers: [] }
  spec.nodeName = nodeName
  // Node problems do not drive out what the node itself was told to run.
  if (source === 'file') spec.tolerations = [...(spec.tolerations ?? []).filter((each) => !tolerateAll(each)), { operator: 'Exists', effect: 'NoExecute' }]
  pod.spec = spec
  pod.status = { phase: 'Pending' }
  check(pod)
  return pod
}

/** Fills in the API's defaults; what is no list or object where one must be is a fault of the manifest. */
function defaulted(pod: Pod): void {
  try {
    defaultPod(pod)
  } catch (cause) {
    throw new ManifestError(`spec: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

function check(pod: Pod): void {
  const { metadata } = pod
  let faults: readonly { readonly field: string; readonly message: string }[]
  try {
    faults = [
      ...validateName('metadata.name', metadata?.name ?? '', 'subdomain'),
      ...validateName('metadata.namespace', metadata?.namespace ?? '', 'label'),
      ...validateLabels('metadata.labels', metadata?.labels),
      ...validatePod(pod),
    ]
  } catch (cause) {
    throw new ManifestError(`spec: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  if (faults.length > 0) throw new ManifestError(faults.map(({ field, message }) => `${field}: ${message}`).join('; '))
}

const tolerateAll = (each: { key?: string; operator?: string; effect?: string }) => !each.key && each.operator === 'Exists' && each.effect === 'NoExecute'

/** The same content at the same place on the same node is the same pod, also after a restart. */
function contentUid(pod: Pod, source: string, location: string, nodeName: string): string {
  return createHash('md5')
    .update(writeJson([sorted(pod), nodeName, source, location]))
    .digest('hex')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
