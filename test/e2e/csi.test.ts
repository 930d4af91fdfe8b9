/** A CSI driver's volumes. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { PersistentVolumeClaim } from '../../src/kube/objects.ts'
import { bind } from '../support/claims.ts'
import { TestCsiDriver } from '../support/csi-driver.ts'
import { LiveNode } from '../support/live-node.ts'
import { loopDevice } from '../support/loop-device.ts'
import { waitUntil } from '../support/wait-until.ts'

const name = 'dirs.csi.test'
let node: LiveNode
let data: string
let driver: TestCsiDriver

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'csi-data-'))
  node = await LiveNode.start()
  await node.apply({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    metadata: { name },
    spec: { attachRequired: false, podInfoOnMount: true, volumeLifecycleModes: ['Persistent', 'Ephemeral'], fsGroupPolicy: 'File' },
  })
})
after(async () => {
  await node?.[Symbol.asyncDispose]()
  await driver?.[Symbol.asyncDispose]()
  await rm(data, { recursive: true, force: true })
})

const mount = { name: 'v', mountPath: '/v' }
const claimed = (claimName: string) => [{ name: 'v', persistentVolumeClaim: { claimName } }]
const csi = (volumeHandle: string) => ({ driver: name, volumeHandle, fsType: 'ext4', volumeAttributes: { kind: 'dir' } })

test('a pod waits for a driver that is not there; when it registers, the control plane hears of it and the pod runs', async () => {
  await bind(node, 'data', { csi: csi('vol-1') })
  await node.run('first', { securityContext: { fsGroup: 2000 }, volumes: claimed('data'), containers: [{ volumeMounts: [mount] }] })
  await node.untilEvent(
    'first',
    /^FailedMount: MountVolume.SetUp failed for volume "pv-data" : kubernetes.io\/csi: driver name dirs.csi.test not found in the list of registered CSI drivers$/,
  )
  driver = await TestCsiDriver.start(name, join(node.state, 'node'), data)
  await node.until('first', 'to be Ready', (pod) => pod.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false)
  assert.deepEqual(driver.registered, { pluginRegistered: true, error: '' })
  const { spec } = await node.kubectl.json<{ spec: { drivers: unknown[] } }>(['get', 'csinode', 'e2e-node'])
  assert.deepEqual(spec.drivers, [{ name, nodeID: 'the-node', topologyKeys: ['topology.test/zone'], allocatable: { count: 7 } }])
  assert.equal(await node.kubectl.ok(['get', 'node', 'e2e-node', '-o', 'jsonpath={.metadata.labels.topology\\.test/zone}']), 'a')
  const publish = driver.calls.find((each) => each.method === 'NodePublishVolume')?.request
  const context = publish?.volumeContext as Record<string, string>
  assert.equal(context.kind, 'dir')
  assert.equal(context['csi.storage.k8s.io/pod.name'], 'first')
  const asMount = { fsType: 'ext4', mountFlags: [], volumeMountGroup: '' }
  assert.deepEqual(publish?.volumeCapability, { block: undefined, mount: asMount, accessMode: { mode: 1 } })
  assert.equal((await node.sh('first', 'echo kept > /v/x; stat -c %g /v')).output, '2000')
  assert.equal(await readFile(join(data, 'vol-1/x'), 'utf8'), 'kept\n')
})

test('a volume that two pods use is staged once and unstaged after the last', async () => {
  await node.ready('second', {
    volumes: claimed('data'),
    containers: [
      {
        volumeMounts: [
          { ...mount, subPath: 'part' },
          { name: 'v', mountPath: '/whole' },
        ],
      },
    ],
  })
  assert.equal((await node.sh('second', 'cat /whole/x; ls /v')).output, 'kept')
  await node.kubectl.ok(['delete', 'pod', 'first'])
  assert.equal(driver.count('NodeUnstageVolume'), 0)
  assert.equal((await node.sh('second', 'cat /whole/x')).output, 'kept')
  await node.kubectl.ok(['delete', 'pod', 'second'])
  await waitUntil('the volume to be unstaged', () => driver.count('NodeUnstageVolume') === 1 || undefined)
  assert.equal(driver.count('NodeUnpublishVolume'), 2)
  assert.deepEqual(await readdir(join(node.state, 'node/plugins/kubernetes.io/csi', name)), [])
  assert.equal(await readFile(join(data, 'vol-1/x'), 'utf8'), 'kept\n', 'what was written stays')
})

test('an inline volume is the pod’s own; a driver that refuses holds the pod with its words until it does not', async () => {
  driver.refuse = 'the array is on fire'
  await node.run('inline', {
    restartPolicy: 'Never',
    volumes: [{ name: 'v', csi: { driver: name, volumeAttributes: { size: '1' } } }],
    containers: [{ command: ['sh', '-c', 'echo mine > /v/x'], volumeMounts: [mount] }],
  })
  await node.untilEvent('inline', /^FailedMount: .*rpc error: code = Internal desc = the array is on fire$/)
  driver.refuse = undefined
  await node.until('inline', 'to succeed', (pod) => pod.status?.phase === 'Succeeded')
  const last = driver.calls.findLast((each) => each.method === 'NodePublishVolume')?.request
  assert.match(String(last?.volumeId), /^csi-[0-9a-f]{64}$/)
  assert.equal((last?.volumeContext as Record<string, string> | undefined)?.['csi.storage.k8s.io/ephemeral'], 'true')
  await node.kubectl.ok(['delete', 'pod', 'inline'])
})

test('a volume that has grown is grown before its pod runs, its claim says so, and the statistics tell of it by its claim', async () => {
  await bind(node, 'grown', { csi: csi('vol-2'), capacity: { storage: '2Gi' } })
  await node.ready('grower', { volumes: claimed('grown'), containers: [{ volumeMounts: [mount] }] })
  assert.equal(driver.count('NodeExpandVolume'), 1)
  const said = /^FileSystemResizeSuccessful: MountVolume.NodeExpandVolume succeeded for volume "pv-grown" e2e-node$/
  for (const name of ['grower', 'grown']) await node.untilEvent(name, said)
  const { status } = await node.kubectl.json<PersistentVolumeClaim>(['get', 'pvc', 'grown'])
  assert.deepEqual(status?.capacity, { storage: '2Gi' })
  const volume = await waitUntil('the volume in the summary', async () => {
    const summary = JSON.parse(await node.kubectl.ok(['get', '--raw', '/api/v1/nodes/e2e-node/proxy/stats/summary'])) as Summary
    return summary.pods.find(({ podRef }) => podRef.name === 'grower')?.volume?.find(({ name }) => name === 'v')
  })
  assert.deepEqual({ ...volume, time: '' }, { name: 'v', pvcRef: { name: 'grown', namespace: 'default' }, ...told, time: '' })
  // What KubePersistentVolumeFillingUp and the like ask for.
  const metrics = (await node.kubectl.ok(['get', '--raw', '/api/v1/nodes/e2e-node/proxy/metrics'])).split('\n')
  for (const [family, value] of [
    ['capacity_bytes', told.capacityBytes],
    ['available_bytes', told.availableBytes],
    ['used_bytes', told.usedBytes],
    ['inodes', told.inodes],
    ['inodes_free', told.inodesFree],
    ['inodes_used', told.inodesUsed],
  ] as const)
    assert.ok(metrics.includes(`kubelet_volume_stats_${family}{namespace="default",persistentvolumeclaim="grown"} ${value}`), family)
  const mounted = 'storage_operation_duration_seconds_count{volume_plugin="kubernetes.io/csi:'
  assert.ok(metrics.some((line) => line.startsWith(mounted) && line.includes('operation_name="volume_mount",status="success"')))
  for (const method of ['NodeGetInfo', 'NodePublishVolume', 'NodeExpandVolume', 'NodeGetVolumeStats'])
    assert.ok(
      metrics.some((line) => line.startsWith('csi_operations_seconds_count{') && line.includes(`method_name="/csi.v1.Node/${method}",grpc_status_code="OK"`)),
      method,
    )
  await node.kubectl.ok(['delete', 'pod', 'grower'])
  const after = (await node.kubectl.ok(['get', '--raw', '/api/v1/nodes/e2e-node/proxy/metrics'])).split('\n')
  for (const operation of ['volume_unmount', 'unmount_device'])
    assert.ok(
      after.some((line) => line.startsWith(mounted) && line.includes(`operation_name="${operation}",status="success"`)),
      operation,
    )
})

interface Summary {
  readonly pods: readonly { readonly podRef: { readonly name: string }; readonly volume?: readonly { readonly name: string }[] }[]
}
/** What the test driver says of any volume. */
const told = { capacityBytes: 1000, availableBytes: 600, usedBytes: 400, inodes: 10, inodesFree: 7, inodesUsed: 3 }

test('a raw block volume is a device in the container, and goes with the pod', async () => {
  await using device = await loopDevice(join(data, 'image'), 'raw bytes')
  await writeFile(join(data, 'raw'), device.path)
  await bind(node, 'raw', { csi: csi('raw'), volumeMode: 'Block' })
  await node.ready('blocks', { volumes: claimed('raw'), containers: [{ volumeDevices: [{ name: 'v', devicePath: '/dev/disk' }] }] })
  assert.equal((await node.sh('blocks', 'test -b /dev/disk && head -c 9 /dev/disk')).output, 'raw bytes')
  assert.equal((await node.sh('blocks', 'printf "new" | dd of=/dev/disk conv=notrunc,fsync 2>/dev/null; head -c 9 /dev/disk')).output, 'new bytes')
  await node.kubectl.ok(['delete', 'pod', 'blocks'])
  const devices = join(node.state, 'node/plugins/kubernetes.io/csi/volumeDevices')
  await waitUntil('the device to be unstaged', async () => !(await readdir(devices, { recursive: true })).some((path) => path.includes('pv-raw')) || undefined)
})

test('what a driver must attach is attached for the pod, waited for without a word, in use as the node says, and detached after it', async () => {
  const attacher = 'attached.csi.test'
  await using other = await TestCsiDriver.start(attacher, join(node.state, 'node'), join(data, 'attached'))
  await node.apply({ apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: attacher }, spec: { fsGroupPolicy: 'None' } })
  await bind(node, 'far', { csi: { ...csi('vol-far'), driver: attacher } })
  await node.run('far', { volumes: claimed('far'), containers: [{ volumeMounts: [mount] }] })
  const [asked] = await waitUntil('the attachment', async () => {
    const { items } = await node.kubectl.json<{ items: { metadata: { name: string }; spec: object }[] }>(['get', 'volumeattachments'])
    return items.length > 0 && items
  })
  assert.deepEqual(asked?.spec, { attacher, nodeName: 'e2e-node', source: { persistentVolumeName: 'pv-far' } })
  const say = (field: string) => node.kubectl.ok(['get', 'node', 'e2e-node', '-o', `jsonpath={.status.${field}}`])
  await waitUntil('the node to say that it is in use', async () => (await say('volumesInUse[*]')) === `kubernetes.io/csi/${attacher}^vol-far` || undefined)
  assert.equal(other.calls.filter(({ method }) => method === 'NodeStageVolume').length, 0)
  // As the driver's external attacher does.
  const attached = JSON.stringify({ status: { attached: true, attachmentMetadata: { device: '/dev/far' } } })
  await node.kubectl.ok(['patch', 'volumeattachment', asked?.metadata.name ?? '', '--subresource=status', '--type=merge', '-p', attached])
  await node.until('far', 'to be Ready', (pod) => pod.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false)
  const staged = other.calls.find(({ method }) => method === 'NodeStageVolume')?.request
  assert.deepEqual(staged?.publishContext, { device: '/dev/far' })
  assert.equal(await say('volumesAttached[*].name'), `kubernetes.io/csi/${attacher}^vol-far`)
  const told = await node.events('far')
  assert.ok(told.some((line) => line.startsWith('SuccessfulAttachVolume: AttachVolume.Attach succeeded for volume "pv-far"')))
  assert.ok(!told.some((line) => line.startsWith('FailedMount')), told.join('\n'))
  await node.kubectl.ok(['delete', 'pod', 'far'])
  await node.kubectl.ok(['wait', '--for=delete', `volumeattachment/${asked?.metadata.name}`, '--timeout=30s'])
  assert.equal(other.count('NodeUnstageVolume'), 1)
  assert.equal(await say('volumesAttached[*].name'), '')
})
