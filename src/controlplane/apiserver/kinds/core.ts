import { own, putOwn } from '../../../base/own.ts'
import type { ConfigMap, KubeObject, Node, Secret } from '../../../kube/objects.ts'
import { forbidden, invalid, maxFieldErrors, required, tooLong } from '../../../kube/validation/field-errors.ts'
import { defineKind, statusSubresource } from './kind.ts'

/** core/v1 Node. Stored as `minions`, the name it had first. */
export const nodes = defineKind<Node>({
  resource: 'nodes',
  kind: 'Node',
  namespaced: false,
  shortNames: ['no'],
  storagePrefix: 'minions',
  subresources: [{ name: 'proxy', kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }, statusSubresource('Node')],
  fields: ({ spec }) => ({ 'spec.unschedulable': String(spec?.unschedulable === true) }),
  defaults(node) {
    node.spec ??= {}
    node.status ??= {}
    node.status.daemonEndpoints ??= { kubeletEndpoint: { Port: 0 } }
    const blank = [
      'machineID',
      'systemUUID',
      'bootID',
      'kernelVersion',
      'osImage',
      'containerRuntimeVersion',
      'kubeletVersion',
      'kubeProxyVersion',
      'operatingSystem',
      'architecture',
    ]
    node.status.nodeInfo ??= Object.fromEntries(blank.map((field) => [field, ''])) as never
    if (node.status.capacity) node.status.allocatable ??= { ...node.status.capacity }
  },
  prepareCreate(node) {
    // The admission plugin TaintNodesByCondition.
    const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }
    node.spec ??= {}
    if (!node.spec.taints?.some(({ key, effect }) => key === taint.key && effect === taint.effect)) node.spec.taints = [...(node.spec.taints ?? []), taint]
  },
  validateUpdate(next, previous) {
    const changed = previous.spec?.providerID && next.spec?.providerID !== previous.spec.providerID
    return changed ? [forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid')] : []
  },
})

type Namespace = KubeObject & { spec?: { finalizers?: string[] }; status?: { phase?: string; conditions?: unknown[] } }

/** core/v1 Namespace. */
export const namespaces = defineKind<Namespace>({
  resource: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
  nameRule: 'label',
  shortNames: ['ns'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }, statusSubresource('Namespace')],
  fields: ({ status }) => ({ 'status.phase': status?.phase ?? '' }),
  defaults(namespace) {
    const name = namespace.metadata?.name
    if (name && namespace.metadata) namespace.metadata.labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': name }
  },
  prepareCreate(namespace) {
    namespace.spec = { finalizers: [...new Set([...(namespace.spec?.finalizers ?? []), 'kubernetes'])] }
    namespace.status = { phase: 'Active' }
  },
  prepareUpdate(next, previous, subresource) {
    if (subresource !== 'finalize') next.spec = previous.spec
  },
})

const keyPattern = /^[-._a-zA-Z0-9]+$/
const badKeys = (path: string, data: Readonly<Record<string, unknown>> | undefined) =>
  Object.keys(data ?? {})
    .filter((key) => !keyPattern.test(key) || key === '.' || key.startsWith('..') || key.length > 253)
    .slice(0, maxFieldErrors)
    .map((key) =>
      invalid(
        `${path}[${key}]`,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    )

// core.MaxSecretSize
const maxDataBytes = 1024 * 1024

/** Bytes of the values; of base64 those that it stands for. */
function bytesOf(text: Readonly<Record<string, string>> | undefined, base64: Readonly<Record<string, string>> | undefined): number {
  let bytes = 0
  for (const value of Object.values(text ?? {})) bytes += Buffer.byteLength(value)
  for (const value of Object.values(base64 ?? {})) bytes += Buffer.byteLength(value, 'base64')
  return bytes
}

const same = (left: unknown, right: unknown) => JSON.stringify(left ?? {}) === JSON.stringify(right ?? {})

/** core/v1 ConfigMap. */
export const configMaps = defineKind<ConfigMap>({
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  shortNames: ['cm'],
  validate: (map) => [
    ...badKeys('data', map.data),
    ...badKeys('binaryData', map.binaryData),
    ...Object.keys(map.data ?? {})
      .filter((key) => own(map.binaryData, key) !== undefined)
      .slice(0, maxFieldErrors)
      .map((key) => invalid('data', key, 'duplicate of key present in binaryData')),
    // Of no field: Go writes its empty path so.
    ...(bytesOf(map.data, map.binaryData) > maxDataBytes ? [tooLong('[]', maxDataBytes)] : []),
  ],
  validateUpdate(next, previous) {
    if (!previous.immutable) return []
    if (!next.immutable) return [forbidden('immutable', 'field is immutable when `immutable` is set')]
    return same(next.data, previous.data) && same(next.binaryData, previous.binaryData) ? [] : [forbidden('data', 'field is immutable when `immutable` is set')]
  },
})

/** core/v1 Secret; `stringData` is written only. */
export const secrets = defineKind<Secret>({
  resource: 'secrets',
  kind: 'Secret',
  namespaced: true,
  fields: ({ type }) => ({ type: type ?? '' }),
  defaults(secret) {
    secret.type ||= 'Opaque'
    if (secret.stringData) secret.data = { ...secret.data }
    for (const [key, value] of Object.entries(secret.stringData ?? {})) putOwn(secret.data ?? {}, key, Buffer.from(value).toString('base64'))
    delete secret.stringData
  },
  validate(secret) {
    const errors = badKeys('data', secret.data)
    if (bytesOf(undefined, secret.data) > maxDataBytes) errors.push(tooLong('data', maxDataBytes))
    const needed: Readonly<Record<string, readonly string[]>> = {
      'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
      'kubernetes.io/dockercfg': ['.dockercfg'],
      'kubernetes.io/tls': ['tls.crt', 'tls.key'],
    }
    for (const key of own(needed, secret.type ?? '') ?? []) if (secret.data?.[key] === undefined) errors.push(required(`data[${key}]`))
    return errors
  },
  validateUpdate(next, previous) {
    if (next.type !== previous.type) return [invalid('type', next.type, 'field is immutable')]
    if (!previous.immutable) return []
    return next.immutable && same(next.data, previous.data) ? [] : [forbidden('data', 'field is immutable when `immutable` is set')]
  },
})
