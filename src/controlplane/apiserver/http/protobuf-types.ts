/** How a field is encoded and called. `map` and `bytesMap` have string keys; `list` says the field repeats. */
export interface ProtoField {
  readonly name: string
  readonly type: 'string' | 'bytes' | 'int' | 'bool' | 'map' | 'bytesMap' | 'time' | 'intOrString' | ProtoMessage
  readonly list?: boolean
}

/** Fields by number. */
export type ProtoMessage = Readonly<Record<number, ProtoField>>

const field = (name: string, type: ProtoField['type'] = 'string'): ProtoField => ({ name, type })
const list = (name: string, type: ProtoField['type'] = 'string'): ProtoField => ({ name, type, list: true })

// Numbers from the generated.proto files of Kubernetes 1.32.
const objectMeta: ProtoMessage = {
  1: field('name'),
  2: field('generateName'),
  3: field('namespace'),
  5: field('uid'),
  6: field('resourceVersion'),
  7: field('generation', 'int'),
  8: field('creationTimestamp', 'time'),
  11: field('labels', 'map'),
  12: field('annotations', 'map'),
  14: list('finalizers'),
}
const metadata = field('metadata', objectMeta)

const objectReference: ProtoMessage = {
  1: field('kind'),
  2: field('namespace'),
  3: field('name'),
  4: field('uid'),
  5: field('apiVersion'),
  6: field('resourceVersion'),
  7: field('fieldPath'),
}

const deleteOptions: ProtoMessage = {
  1: field('gracePeriodSeconds', 'int'),
  2: field('preconditions', { 1: field('uid'), 2: field('resourceVersion') }),
  3: field('orphanDependents', 'bool'),
  4: field('propagationPolicy'),
  5: list('dryRun'),
}

const servicePort: ProtoMessage = {
  1: field('name'),
  2: field('protocol'),
  3: field('port', 'int'),
  4: field('targetPort', 'intOrString'),
  5: field('nodePort', 'int'),
  6: field('appProtocol'),
}

const serviceSpec: ProtoMessage = {
  1: list('ports', servicePort),
  2: field('selector', 'map'),
  3: field('clusterIP'),
  4: field('type'),
  5: list('externalIPs'),
  7: field('sessionAffinity'),
  8: field('loadBalancerIP'),
  9: list('loadBalancerSourceRanges'),
  10: field('externalName'),
  11: field('externalTrafficPolicy'),
  12: field('healthCheckNodePort', 'int'),
  13: field('publishNotReadyAddresses', 'bool'),
  17: field('ipFamilyPolicy'),
  18: list('clusterIPs'),
  19: list('ipFamilies'),
  20: field('allocateLoadBalancerNodePorts', 'bool'),
  21: field('loadBalancerClass'),
  22: field('internalTrafficPolicy'),
}

const resourceAttributes: ProtoMessage = {
  1: field('namespace'),
  2: field('verb'),
  3: field('group'),
  4: field('version'),
  5: field('resource'),
  6: field('subresource'),
  7: field('name'),
}
const nonResourceAttributes: ProtoMessage = { 1: field('path'), 2: field('verb') }

const certificateCondition: ProtoMessage = {
  1: field('type'),
  2: field('reason'),
  3: field('message'),
  4: field('lastUpdateTime', 'time'),
  5: field('lastTransitionTime', 'time'),
  6: field('status'),
}

const certificateRequest: ProtoMessage = {
  1: field('request', 'bytes'),
  2: field('username'),
  3: field('uid'),
  4: list('groups'),
  5: list('usages'),
  7: field('signerName'),
  8: field('expirationSeconds', 'int'),
}

/** The kinds that kubectl's commands send as protobuf (`create`, `drain`, `auth`, `certificate`), by apiVersion and kind. */
export const protoTypes: Readonly<Record<string, ProtoMessage>> = {
  'v1 ConfigMap': { 1: metadata, 2: field('data', 'map'), 3: field('binaryData', 'bytesMap'), 4: field('immutable', 'bool') },
  'v1 Secret': { 1: metadata, 2: field('data', 'bytesMap'), 3: field('type'), 4: field('stringData', 'map'), 5: field('immutable', 'bool') },
  'v1 Namespace': { 1: metadata, 2: field('spec', { 1: list('finalizers') }), 3: field('status', { 1: field('phase') }) },
  'v1 Service': { 1: metadata, 2: field('spec', serviceSpec) },
  'v1 ServiceAccount': {
    1: metadata,
    2: list('secrets', objectReference),
    3: list('imagePullSecrets', { 1: field('name') }),
    4: field('automountServiceAccountToken', 'bool'),
  },
  'v1 Binding': { 1: metadata, 2: field('target', objectReference) },
  'v1 DeleteOptions': deleteOptions,
  'meta.k8s.io/v1 DeleteOptions': deleteOptions,
  'policy/v1 Eviction': { 1: metadata, 2: field('deleteOptions', deleteOptions) },
  'authentication.k8s.io/v1 TokenRequest': {
    1: metadata,
    2: field('spec', {
      1: list('audiences'),
      3: field('boundObjectRef', { 1: field('kind'), 2: field('apiVersion'), 3: field('name'), 4: field('uid') }),
      4: field('expirationSeconds', 'int'),
    }),
  },
  'authentication.k8s.io/v1 SelfSubjectReview': { 1: metadata },
  'authorization.k8s.io/v1 SelfSubjectAccessReview': {
    1: metadata,
    2: field('spec', { 1: field('resourceAttributes', resourceAttributes), 2: field('nonResourceAttributes', nonResourceAttributes) }),
  },
  'authorization.k8s.io/v1 SelfSubjectRulesReview': { 1: metadata, 2: field('spec', { 1: field('namespace') }) },
  'certificates.k8s.io/v1 CertificateSigningRequest': {
    1: metadata,
    2: field('spec', certificateRequest),
    3: field('status', { 1: list('conditions', certificateCondition), 2: field('certificate', 'bytes') }),
  },
  'scheduling.k8s.io/v1 PriorityClass': {
    1: metadata,
    2: field('value', 'int'),
    3: field('globalDefault', 'bool'),
    4: field('description'),
    5: field('preemptionPolicy'),
  },
}
