import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployments } from '../../../../../src/controlplane/apiserver/kinds/apps/deployments.ts'
import type { KubeError } from '../../../../../src/kube/client.ts'
import type { DaemonSet, Deployment, KubeObject, StatefulSet } from '../../../../../src/kube/objects.ts'
import { makeBackend } from '../../../harness.ts'
import { refusals, updateRefusals, withValues } from '../../../refusals.ts'
import { samples } from '../../../samples.ts'

const { backend } = await makeBackend()
const sample = (resource: string) => samples[`${resource}.apps`] as KubeObject
let count = 0
const fresh = async (resource: string, changes: { [path: string]: unknown } = {}) => {
  const name = `${resource}-${count++}`
  await backend.create({ resource: `${resource}.apps`, namespace: 'default' }, withValues(sample(resource), { 'metadata.name': name, ...changes }))
  return { resource: `${resource}.apps`, namespace: 'default', name }
}

test('a deployment gets the defaults of apps/v1, its template those of a template of pods', async () => {
  const { spec, status, metadata } = (await backend.get(await fresh('deployments'))) as Deployment
  assert.deepEqual(
    { ...spec, template: spec?.template.spec },
    {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      template: {
        containers: [
          {
            name: 'c',
            image: 'busybox:1',
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
            imagePullPolicy: 'IfNotPresent',
          },
        ],
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        dnsPolicy: 'ClusterFirst',
        securityContext: {},
        schedulerName: 'default-scheduler',
      },
    },
  )
  assert.deepEqual(status, {})
  assert.equal(metadata?.generation, 1)
})

test('a stateful set and a daemon set get theirs', async () => {
  const set = (await backend.get(await fresh('statefulsets'))) as StatefulSet
  const { podManagementPolicy, updateStrategy, persistentVolumeClaimRetentionPolicy, revisionHistoryLimit, volumeClaimTemplates } = set.spec ?? {}
  assert.deepEqual(
    { podManagementPolicy, updateStrategy, persistentVolumeClaimRetentionPolicy, revisionHistoryLimit },
    {
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      revisionHistoryLimit: 10,
    },
  )
  assert.deepEqual(volumeClaimTemplates?.[0]?.status, { phase: 'Pending' })
  assert.deepEqual([volumeClaimTemplates?.[0]?.kind, volumeClaimTemplates?.[0]?.spec?.volumeMode], ['PersistentVolumeClaim', 'Filesystem'])
  const daemons = (await backend.get(await fresh('daemonsets'))) as DaemonSet
  assert.deepEqual(daemons.spec?.updateStrategy, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } })
  assert.deepEqual(daemons.metadata?.annotations, { 'deprecated.daemonset.template.generation': '1' })
})

const wrong: [resource: string, changes: { [path: string]: unknown }, expected: string[]][] = [
  ['deployments', { 'spec.selector': undefined }, ['spec.selector: Required value']],
  ['deployments', { 'spec.replicas': -1 }, ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
  ['deployments', { 'spec.selector': {} }, ['spec.selector: Invalid value: {}: empty selector is invalid for deployment']],
  [
    'deployments',
    { 'spec.selector.matchLabels': { app: 'other' } },
    ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
  ],
  [
    'deployments',
    { 'spec.strategy': { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } },
    ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
  ],
  [
    'deployments',
    { 'spec.strategy': { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } },
    ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'],
  ],
  [
    'deployments',
    { 'spec.strategy': { rollingUpdate: { maxUnavailable: '101%' } } },
    ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
  ],
  [
    'deployments',
    { 'spec.minReadySeconds': 10, 'spec.progressDeadlineSeconds': 10 },
    ['spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds'],
  ],
  [
    'deployments',
    { 'spec.template.spec.restartPolicy': 'Never' },
    ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ],
  ['deployments', { 'spec.template.spec.containers': [] }, ['spec.template.spec.containers: Required value']],
  [
    'replicasets',
    { 'spec.template.spec.activeDeadlineSeconds': 5 },
    ['spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported'],
  ],
  ['statefulsets', { 'spec.podManagementPolicy': 'All' }, [`spec.podManagementPolicy: Invalid value: "All": must be 'OrderedReady' or 'Parallel'`]],
  [
    'statefulsets',
    { 'spec.updateStrategy': { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
    [`spec.updateStrategy.rollingUpdate: Invalid value: {"partition":1}: only allowed for updateStrategy 'RollingUpdate'`],
  ],
  [
    'statefulsets',
    { 'spec.persistentVolumeClaimRetentionPolicy': { whenDeleted: 'Maybe' } },
    ['spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Maybe": supported values: "Retain", "Delete"'],
  ],
  ['statefulsets', { 'spec.ordinals': { start: -1 } }, ['spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0']],
  [
    'daemonsets',
    { 'spec.updateStrategy': { rollingUpdate: { maxUnavailable: 1, maxSurge: '10%' } } },
    ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "10%": may not be set when maxUnavailable is non-zero'],
  ],
  [
    'daemonsets',
    { 'spec.updateStrategy': { rollingUpdate: { maxUnavailable: 0 } } },
    ['spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0'],
  ],
  ['controllerrevisions', { data: undefined }, ['data: Required value: data is mandatory']],
  ['controllerrevisions', { data: [1] }, ['data: Required value: data must be a valid JSON object']],
  ['controllerrevisions', { revision: -2 }, ['revision: Invalid value: -2: must be greater than or equal to 0']],
]
for (const [resource, changes, expected] of wrong)
  test(`a new one of ${resource} with ${JSON.stringify(changes)} is refused in upstream’s words`, async () => {
    assert.deepEqual(await refusals(backend, `${resource}.apps`, withValues(sample(resource), { 'metadata.name': 'wrong', ...changes })), expected)
  })

test('selectors and revisions do not change; a stateful set changes in what it may', async () => {
  const selector = { matchLabels: { app: 'web', tier: 'x' } }
  for (const resource of ['deployments', 'replicasets', 'daemonsets']) {
    const { name } = await fresh(resource, { 'spec.template.metadata.labels': { app: 'web', tier: 'x' } })
    assert.deepEqual(await updateRefusals(backend, `${resource}.apps`, name, { 'spec.selector': selector }), [
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"x"}}: field is immutable',
    ])
  }
  const { name } = await fresh('statefulsets')
  assert.deepEqual(await updateRefusals(backend, 'statefulsets.apps', name, { 'spec.serviceName': 'other' }), [
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
  ])
  assert.deepEqual(await updateRefusals(backend, 'statefulsets.apps', name, { 'spec.replicas': 3, 'spec.revisionHistoryLimit': 2 }), [])
  const revision = await fresh('controllerrevisions')
  assert.deepEqual(await updateRefusals(backend, 'controllerrevisions.apps', revision.name, { data: {} }), ['data: Invalid value: {}: field is immutable'])
})

test('a deployment counts its annotations as a generation, a replica set does not; a status counts for neither', async () => {
  const generations: number[] = []
  for (const resource of ['deployments', 'replicasets']) {
    const ref = await fresh(resource)
    const after = async (changes: { [path: string]: unknown }, subresource?: string) =>
      generations.push((await backend.update(ref, withValues(await backend.get(ref), changes), { subresource })).metadata?.generation ?? 0)
    await after({ 'metadata.annotations': { cause: 'x' } })
    await after({ 'spec.replicas': 4 })
    await after({ 'status.replicas': 4, 'spec.replicas': 9 }, 'status')
  }
  assert.deepEqual(generations, [2, 3, 3, 1, 2, 2])
})

test('a template of a daemon set that changes is counted in its annotation', async () => {
  const ref = await fresh('daemonsets')
  const changed = await backend.update(ref, withValues(await backend.get(ref), { 'spec.template.spec.nodeSelector': { a: 'b' } }))
  assert.equal(changed.metadata?.annotations?.['deprecated.daemonset.template.generation'], '2')
  const same = await backend.update(ref, withValues(await backend.get(ref), { 'spec.minReadySeconds': 3 }))
  assert.equal(same.metadata?.annotations?.['deprecated.daemonset.template.generation'], '2')
})

test('a status that cannot be is refused', async () => {
  const { name } = await fresh('deployments')
  assert.deepEqual(await updateRefusals(backend, 'deployments.apps', name, { status: { replicas: 1, readyReplicas: 2, availableReplicas: 3 } }, 'status'), [
    'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
    'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
    'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
  ])
})

test('a scale is read from the object and sets its replicas alone', async () => {
  for (const resource of ['deployments', 'replicasets', 'statefulsets']) {
    const ref = await fresh(resource)
    const scale = await backend.patch(ref, 'application/merge-patch+json', { spec: { replicas: 5 } }, { subresource: 'scale' })
    assert.deepEqual(
      [scale.kind, scale.apiVersion, (scale as { spec?: object }).spec, (scale as { status?: object }).status],
      ['Scale', 'autoscaling/v1', { replicas: 5 }, { replicas: 0, selector: 'app=web' }],
    )
    const stored = (await backend.get(ref)) as Deployment
    assert.equal(stored.spec?.replicas, 5)
    assert.equal(stored.metadata?.generation, 2)
    const replaced = await backend.update(ref, { ...scale, spec: { replicas: 0 } } as KubeObject, { subresource: 'scale' })
    assert.deepEqual((replaced as { spec?: object }).spec, {})
    await assert.rejects(
      backend.update(ref, { ...scale, metadata: { name: ref.name }, spec: { replicas: -1 } } as KubeObject, { subresource: 'scale' }),
      (error: KubeError) =>
        error.message === `Scale.autoscaling "${ref.name}" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0`,
    )
    await assert.rejects(backend.update(ref, { ...scale, spec: { replicas: 7 } } as KubeObject, { subresource: 'scale' }), { code: 409 })
  }
})

test('an applied scale owns the replicas of the deployment, and does not take them from another manager', async () => {
  const ref = await fresh('deployments')
  const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: ref.name }, spec: { replicas: 2 } }
  const apply = (manager: string, replicas: number, force = false) =>
    backend.patch(ref, 'application/apply-patch+yaml', { ...scale, spec: { replicas } }, { subresource: 'scale', fieldManager: manager, force })
  await apply('one', 2, true)
  await assert.rejects(apply('two', 3), /conflict with "one".*: \.spec\.replicas/)
  await apply('two', 3, true)
  assert.equal(((await backend.get(ref)) as Deployment).spec?.replicas, 3)
})

test('what is deprecated is warned of, and a name that is no host’s', async () => {
  const warnings: string[] = []
  const object = withValues(sample('deployments'), {
    'metadata.name': 'a.b',
    'spec.template.spec.nodeSelector': { 'beta.kubernetes.io/os': 'linux' },
    'spec.template.spec.terminationGracePeriodSeconds': undefined,
    'spec.template.metadata.annotations': { 'seccomp.security.alpha.kubernetes.io/pod': 'x' },
  })
  await backend.create({ resource: 'deployments.apps', namespace: 'default' }, object, { warn: (text) => warnings.push(text) })
  assert.match(
    warnings[0] ?? '',
    /^metadata\.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: \[a lowercase RFC 1123 label must/,
  )
  assert.deepEqual(warnings.slice(1), [
    'spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    'spec.template.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
  ])
})

test('a deployment prints as kubectl shows it', () => {
  const { metadata, spec } = withValues(sample('deployments'), { 'spec.replicas': 3 }) as Deployment
  const cells = deployments.printer.cells({ metadata, spec, status: { readyReplicas: 1, updatedReplicas: 2 } } as KubeObject, 0)
  assert.deepEqual(cells, ['web', '1/3', 2, 0, '<unknown>', 'c', 'busybox:1', 'app=web'])
  assert.deepEqual(
    deployments.printer.columns.map(({ name, priority }) => `${name}${priority ? ' (wide)' : ''}`),
    ['Name', 'Ready', 'Up-to-date', 'Available', 'Age', 'Containers (wide)', 'Images (wide)', 'Selector (wide)'],
  )
})
