import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssumedVolumes } from '../../../../src/controlplane/scheduler/claims/assumed-volumes.ts'
import { fitMessage } from '../../../../src/controlplane/scheduler/framework/diagnosis.ts'
import { Placer } from '../../../../src/controlplane/scheduler/framework/place.ts'
import { defaultPlugins } from '../../../../src/controlplane/scheduler/framework/profile.ts'
import { Cluster } from '../../../../src/controlplane/scheduler/snapshot/cluster.ts'
import { type ClusterObjects, noObjects } from '../../../../src/controlplane/scheduler/snapshot/cluster-objects.ts'
import { PodInfo } from '../../../../src/controlplane/scheduler/snapshot/pod-info.ts'
import type { Pod } from '../../../../src/kube/objects.ts'
import { aNode, aPod } from '../stage.ts'

interface Given {
  readonly claims?: Record<string, object>
  readonly volumes?: Record<string, object>
  readonly classes?: Record<string, object>
  readonly csiNodes?: Record<string, object>
  readonly resourceClaims?: Record<string, object>
  readonly pods?: readonly Pod[]
}

const bound = { 'pv.kubernetes.io/bind-completed': 'yes' }
const aClaim = (volumeName: string, more: object = {}) => ({ annotations: bound, spec: { volumeName, accessModes: ['ReadWriteOnce'], ...more } })
const aVolume = (spec: object = {}, labels: object = {}) => ({
  labels,
  spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...spec },
  status: { phase: 'Available' },
})
const inZone = (zone: string) => ({
  nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] }] }] } },
})
const using = (name: string, ...claims: string[]) =>
  aPod(name, { spec: { volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })) } })

/** Two nodes, of zones `a` and `b`, and what is given. */
function stage({ claims = {}, volumes = {}, classes = {}, csiNodes = {}, resourceClaims = {}, pods = [] }: Given) {
  const named = (objects: Record<string, object>, namespace?: string) =>
    new Map(
      Object.entries(objects).map(([name, { annotations, labels, ...object }]: [string, { annotations?: object; labels?: object }]) => [
        name,
        { ...object, metadata: { name, namespace, uid: `uid-${name}`, annotations, labels } },
      ]),
    )
  const [claimsBy, volumesBy, classesBy] = [named(claims, 'default'), named(volumes), named(classes)]
  const assumed = new AssumedVolumes({
    claim: (_, name) => claimsBy.get(name) as never,
    volume: (name) => volumesBy.get(name) as never,
    volumes: () => volumesBy.values() as never,
    storageClass: (name) => classesBy.get(name) as never,
  })
  const [nodesBy, resourceBy] = [named(csiNodes), named(resourceClaims, 'default')]
  const objects: ClusterObjects = {
    ...noObjects,
    claim: (namespace, name) => assumed.claim(namespace, name),
    volume: (name) => assumed.volume(name),
    volumes: () => assumed.volumes(),
    storageClass: (name) => assumed.storageClass(name),
    csiNode: (name) => nodesBy.get(name) as never,
    resourceClaim: (_, name) => resourceBy.get(name) as never,
    bindVolumes: (found, nodeName) => ({ write: async () => {}, release: assumed.assume(found, nodeName) }),
  }
  const cluster = new Cluster(objects)
  for (const zone of ['a', 'b']) cluster.setNode(aNode(zone, { labels: { 'topology.kubernetes.io/zone': zone } }))
  for (const pod of pods) cluster.put(new PodInfo(pod))
  const placer = new Placer(defaultPlugins, () => 0)
  return (pod: Pod) => {
    const info = new PodInfo(pod)
    const placement = placer.place(info, cluster)
    if (!('node' in placement)) return fitMessage(placement.diagnosis)
    for (const { filtering } of placement.cycle.active) filtering.reserve?.(placement.node)
    cluster.put(info.on(placement.node.name))
    return placement.node.name
  }
}

const says = (reason: string) => `0/2 nodes are available: ${reason}.`
const waiting = { volumeBindingMode: 'WaitForFirstConsumer', provisioner: 'kubernetes.io/no-provisioner' }
const asking = { spec: { storageClassName: 'local', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }

test('a pod goes where its bound volume is reached', () => {
  const place = stage({ claims: { data: aClaim('v') }, volumes: { v: aVolume(inZone('b')) } })
  assert.equal(place(using('p', 'data')), 'b')
  const elsewhere = { ...using('q', 'data').spec, nodeSelector: { 'kubernetes.io/hostname': 'a' } }
  const reasons = "1 node(s) didn't match PersistentVolume's node affinity, 1 node(s) didn't match Pod's node affinity/selector"
  assert.equal(place(aPod('q', { spec: elsewhere })), says(reasons))
})

test('a pod whose claim is absent, or should be bound already, waits and is told so', () => {
  assert.equal(stage({})(using('p', 'data')), says('persistentvolumeclaim "data" not found'))
  const immediate = stage({ claims: { data: asking }, classes: { local: { ...waiting, volumeBindingMode: 'Immediate' } } })
  assert.equal(immediate(using('p', 'data')), says('pod has unbound immediate PersistentVolumeClaims'))
  assert.equal(
    stage({})(aPod('p', { spec: { volumes: [{ name: 'scratch', ephemeral: {} }] } })),
    says('waiting for ephemeral volume controller to create the persistentvolumeclaim "p-scratch"'),
  )
})

test('claims that wait for their pod get volumes where it goes, and no volume is given twice', () => {
  const claims = { one: asking, two: asking, three: asking }
  const volumes = { va: aVolume({ storageClassName: 'local', ...inZone('a') }), vb: aVolume({ storageClassName: 'local', ...inZone('b') }) }
  const place = stage({ claims, volumes, classes: { local: waiting } })
  assert.deepEqual([place(using('p1', 'one')), place(using('p2', 'two'))].sort(), ['a', 'b'])
  assert.equal(place(using('p3', 'three')), says("2 node(s) didn't find available persistent volumes to bind"))
})

test('a volume is made where its class allows, and pods that share the claim come to the same node', () => {
  const allowedTopologies = [{ matchLabelExpressions: [{ key: 'topology.kubernetes.io/zone', values: ['b'] }] }]
  const made = { ...waiting, provisioner: 'example.com/disk' }
  assert.equal(stage({ claims: { data: asking }, classes: { local: { ...made, allowedTopologies } } })(using('p', 'data')), 'b')
  const place = stage({ claims: { data: asking }, classes: { local: made } })
  const first = place(using('p1', 'data'))
  assert.deepEqual([place(using('p2', 'data')), place(using('p3', 'data'))], [first, first])
})

test('a claim with ReadWriteOncePod has one pod, wherever it is', () => {
  const claims = { one: aClaim('v', { accessModes: ['ReadWriteOncePod'] }) }
  const place = stage({ claims, volumes: { v: aVolume() } })
  assert.match(place(using('p1', 'one')), /^[ab]$/)
  assert.equal(place(using('p2', 'one')), says('2 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode'))
})

test('a disk that is written has one pod of a node, one that is read may have more', () => {
  const iscsi = (name: string, readOnly: boolean) =>
    aPod(name, { spec: { volumes: [{ name: 'd', iscsi: { iqn: 'iqn.1', targetPortal: 't', lun: 0, readOnly } }] } })
  const write = stage({})
  assert.deepEqual([write(iscsi('p1', false)), write(iscsi('p2', false))].sort(), ['a', 'b'])
  assert.equal(write(iscsi('p3', false)), says('2 node(s) had no available disk'))
  const read = stage({})
  for (const name of ['p1', 'p2', 'p3']) assert.match(read(iscsi(name, true)), /^[ab]$/)
})

test('a volume of a zone draws its pod there by its labels', () => {
  const volumes = {
    v: aVolume({}, { 'topology.kubernetes.io/zone': 'b__c' }),
    w: aVolume({}, { 'failure-domain.beta.kubernetes.io/zone': 'a' }),
    x: aVolume({}, { 'topology.kubernetes.io/zone': 'c' }),
  }
  const place = stage({ claims: { v: aClaim('v'), w: aClaim('w'), x: aClaim('x') }, volumes })
  assert.deepEqual([place(using('p1', 'v')), place(using('p2', 'w'))], ['b', 'a'])
  assert.equal(place(using('p3', 'x')), says('2 node(s) had no available volume zone'))
})

test('a node has as many volumes of a driver as it says, one of several pods once', () => {
  const csi = (handle: string) => aVolume({ csi: { driver: 'example.com', volumeHandle: handle } })
  const drivers = { spec: { drivers: [{ name: 'example.com', nodeID: 'n', allocatable: { count: 1 } }] } }
  const place = stage({
    claims: { v: aClaim('v'), w: aClaim('w'), x: aClaim('x') },
    volumes: { v: csi('1'), w: csi('2'), x: csi('3') },
    csiNodes: { a: drivers, b: drivers },
  })
  const first = place(using('p1', 'v'))
  assert.notEqual(place(using('p2', 'w')), first)
  assert.equal(place(using('p3', 'x')), says('2 node(s) exceed max volume count'))
  assert.match(place(using('p4', 'v')), /^[ab]$/)
})

test('resource claims are obeyed where they are allocated, and refused by name where they are not', () => {
  const terms = (name: string) => ({ nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] }] } })
  const place = stage({ resourceClaims: { gpu: { status: { allocation: terms('b') } }, free: { status: {} } } })
  const asks = (entry: object) => aPod('p', { spec: { resourceClaims: [{ name: 'r', ...entry }] } })
  assert.equal(place(asks({ resourceClaimName: 'gpu' })), 'b')
  assert.equal(
    place(asks({ resourceClaimName: 'free' })),
    says('spec.resourceClaims[0]: resourceclaim "free" is not allocated, and this scheduler allocates no devices'),
  )
  assert.equal(place(asks({ resourceClaimName: 'none' })), says('spec.resourceClaims[0]: resourceclaim "none" not found'))
  assert.equal(
    place(asks({ resourceClaimTemplateName: 't' })),
    says('spec.resourceClaims[0]: waiting for dynamic resource controller to create the resourceclaim for "r"'),
  )
  assert.equal(
    place(aPod('gang', { spec: { schedulingGroup: { podGroupName: 'g' } } })),
    says('spec.schedulingGroup is not supported: pods are placed one by one'),
  )
})
