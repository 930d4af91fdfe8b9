import { canonicalQuantity } from '../canonical-quantity.ts'
import { type FieldError, invalid, notSupported, required } from './field-errors.ts'
import { validateQualifiedName } from './names.ts'

// Rules of pkg/apis/core/validation and pkg/apis/core/pods.

interface FieldRef {
  readonly apiVersion?: string
  readonly fieldPath?: string
}

/** The fields that a variable of the environment may be taken from. */
export const fieldsOfEnv: readonly string[] = [
  ...['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName'],
  ...['status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'],
]

/** The fields that a file may be made of. */
export const fieldsOfFiles: readonly string[] = ['metadata.name', 'metadata.namespace', 'metadata.labels', 'metadata.annotations', 'metadata.uid']

const known = new Set([...fieldsOfEnv, ...fieldsOfFiles, 'spec.host', 'spec.restartPolicy', 'spec.schedulerName', 'status.phase'])

/** A field of the pod that is read by the downward API. */
export function validateFieldRef(path: string, { apiVersion = '', fieldPath = '' }: FieldRef, allowed: readonly string[]): FieldError[] {
  if (apiVersion === '') return [required(`${path}.apiVersion`)]
  if (fieldPath === '') return [required(`${path}.fieldPath`)]
  const unconverted = (why: string) => [invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`)]
  if (apiVersion !== 'v1') return unconverted(`unsupported pod version: ${apiVersion}`)
  const [, map, key] = /^(.*)\['(.*)'\]$/s.exec(fieldPath) ?? []
  if (map !== undefined && key !== undefined) {
    if (map !== 'metadata.annotations' && map !== 'metadata.labels') return unconverted(`field label does not support subscript: ${fieldPath}`)
    return validateQualifiedName(path, map === 'metadata.annotations' ? key.toLowerCase() : key)
  }
  if (!known.has(fieldPath)) return unconverted(`field label not supported: ${fieldPath}`)
  const converted = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath
  return allowed.includes(converted) ? [] : [notSupported(`${path}.fieldPath`, converted, allowed)]
}

interface ResourceRef {
  readonly containerName?: string
  readonly resource?: string
  readonly divisor?: string | number
}

const resources = ['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [`limits.${name}`, `requests.${name}`])
const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']
const kinds: readonly (readonly [RegExp, readonly string[], string])[] = [
  [/^(limits|requests)\.cpu$/, ['1m', '1'], "only divisor's values 1m and 1 are supported with the cpu resource"],
  [/^(limits|requests)\.memory$/, byteDivisors, `only divisor's values ${byteDivisors.join(', ')} are supported with the memory resource`],
  [
    /^(limits|requests)\.ephemeral-storage$/,
    byteDivisors,
    `only divisor's values ${byteDivisors.join(', ')} are supported with the local ephemeral storage resource`,
  ],
  [/^(limits|requests)\.hugepages-/, byteDivisors, `only divisor's values ${byteDivisors.join(', ')} are supported with the hugepages resource`],
]

/** A resource of a container that is read by the downward API; a file must say of which. */
export function validateResourceFieldRef(path: string, { containerName, resource = '', divisor }: ResourceRef, isFile = false): FieldError[] {
  const errors: FieldError[] = []
  if (isFile && !containerName) errors.push(required(`${path}.containerName`))
  else if (resource === '') errors.push(required(`${path}.resource`))
  else if (!resources.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource)) errors.push(notSupported(`${path}.resource`, resource, resources))
  const by = divisor === undefined ? '0' : (canonicalQuantity(String(divisor)) ?? '0')
  for (const [pattern, allowed, words] of kinds)
    if (by !== '0' && pattern.test(resource) && !allowed.includes(by)) errors.push(invalid(`${path}.divisor`, resource, words))
  return errors
}
