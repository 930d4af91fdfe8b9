import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kubeletRules } from '../../../actors/pod/kubelet-rules.ts'
import { EngineError } from '../../../src/engine/engine.ts'
import { HostLedger, type Readings } from '../../../src/metrics/host-ledger.ts'
import { imageKind } from '../../../src/volumes/kinds/image.ts'
import { type MountedVolume, VolumeError, type VolumeKind } from '../../../src/volumes/volume.ts'
import { has } from '../../metrics/has-line.ts'
import { labPod, PodLab } from '../../support/pod-lab.ts'

const text = async (lab: PodLab) => new HostLedger().metrics([], [{ origin: 'lab', readings: (await lab.environment.readings?.()) as Readings }])

test('a pod that starts is counted with its containers, its pull and the operations of the engine', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.engine.gates.set('pullImage', () => lab.clock.advance(6_000))
  lab.start(labPod({ initContainers: [{ name: 'init', image: 'app:1' }] } as never, { image: 'nowhere/app:1' }))
  await lab.until('the init container', () => lab.engine.running().includes('init-0'))
  lab.engine.exit('init', 0)
  await lab.until('ready', () => lab.ready)
  const metrics = await text(lab)
  has(metrics, 'kubelet_started_pods_total 1')
  has(metrics, 'kubelet_started_pods_errors_total 0')
  has(metrics, 'kubelet_started_containers_total{container_type="init_container"} 1')
  has(metrics, 'kubelet_started_containers_total{container_type="container"} 1')
  has(metrics, 'kubelet_image_pull_duration_seconds_bucket{le="5",image_size_in_bytes="0-10MB"} 0')
  has(metrics, 'kubelet_image_pull_duration_seconds_bucket{le="10",image_size_in_bytes="0-10MB"} 1')
  has(metrics, 'kubelet_runtime_operations_total{operation_type="start_container"} 2')
  has(metrics, 'kubelet_pod_worker_duration_seconds_count{operation_type="create"} 1')
})

test('what fails to start is counted by its reason', async () => {
  await using lab = await PodLab.open()
  lab.engine.failures.set('createContainer', () => new EngineError('internal', 'no'))
  lab.start(labPod())
  await lab.until('the error', () => lab.container('app')?.state?.waiting?.reason === 'CreateContainerError')
  has(await text(lab), 'kubelet_started_containers_errors_total{container_type="container",code="CreateContainerError"} 1')
  lab.engine.failures.set('runSandbox', () => new EngineError('internal', 'no'))
  await using other = await PodLab.open()
  other.engine.failures.set('runSandbox', () => new EngineError('internal', 'no'))
  other.start(labPod())
  await other.until('the event', () => other.events.some((event) => event.startsWith('FailedCreatePodSandBox')))
  has(await text(other), 'kubelet_started_pods_errors_total 1')
})

test('pods with a user namespace of their own, and image volumes, are counted', async () => {
  const runtimeHandlers = [{ name: '', userNamespaces: true, recursiveReadOnlyMounts: false }]
  await using lab = await PodLab.open({ rules: kubeletRules, volumeKinds: [imageKind()], engineInfo: { runtimeHandlers } })
  const volumes = [{ name: 'data', image: { reference: 'data:1' } }]
  lab.engine.failures.set('createContainer', () => new EngineError('internal', 'ImageVolumeMountFailed: no'))
  lab.start(labPod({ hostUsers: false, volumes }, { volumeMounts: [{ name: 'data', mountPath: '/data' }] }))
  await lab.until('the failure', () => lab.events.some((event) => event.startsWith('FailedCreatePodSandBox')))
  lab.userNamespace = { ok: true, ids: { hostId: 65_536, length: 65_536 } }
  await lab.until('the error', () => lab.container('app')?.state?.waiting?.reason === 'CreateContainerError')
  lab.engine.failures.clear()
  await lab.until('ready', () => lab.ready)
  const metrics = await text(lab)
  has(metrics, 'kubelet_started_user_namespaced_pods_total 2')
  has(metrics, 'kubelet_started_user_namespaced_pods_errors_total 1')
  has(metrics, 'kubelet_image_volume_requested_total 2')
  has(metrics, 'kubelet_image_volume_mounted_errors_total 1')
  has(metrics, 'kubelet_image_volume_mounted_succeed_total 1')
})

test('a change of the pod is an update, its end is told apart', async () => {
  await using lab = await PodLab.open()
  const props = labPod()
  lab.start(props)
  await lab.until('ready', () => lab.ready)
  lab.send({ type: 'PodChanged', pod: { ...props.pod, metadata: { ...props.pod.metadata, labels: { a: 'b' } } } })
  await lab.pass()
  has(await text(lab), 'kubelet_pod_worker_duration_seconds_count{operation_type="update"} 1')
  lab.send({ type: 'PodRemoved' })
  await lab.until('the end', () => lab.finished)
  has(await text(lab), 'kubelet_pod_worker_duration_seconds_count{operation_type="terminated"} 1')
})

/** A claim that is bound when the test says so; then its volume is a local one. */
function claims(isDevice = false) {
  const state = { bound: false }
  const kind: VolumeKind = {
    key: 'persistentVolumeClaim',
    async setUp({ name }, { podDirectory }): Promise<MountedVolume> {
      if (!state.bound) throw new VolumeError(name, 'the claim is not bound', isDevice ? { step: 'MapVolume.SetUpDevice' } : {})
      const hostPath = `${podDirectory}/${isDevice ? 'volumeDevices' : 'volumes'}/kubernetes.io~local-volume/pv-1`
      return { name, hostPath, readOnly: false, ...(isDevice ? { isDevice } : {}) }
    },
  }
  const pod = labPod({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'c' } }] } as never, {
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  })
  return { state, kind, pod }
}
const storage = (operation: string, number: number) =>
  `storage_operation_duration_seconds_count{volume_plugin="kubernetes.io/local-volume",operation_name="${operation}",status="success",migrated="false"} ${number}`
const volumes = (plugin: string, state: 'desired' | 'actual', number: number) =>
  `volume_manager_total_volumes{plugin_name="${plugin}",state="${state}_state_of_world"} ${number}`

test('volumes are counted as wanted, then as there, by the plugin behind the claim, and no more when the pod is gone', async () => {
  const { state, kind, pod } = claims()
  await using lab = await PodLab.open({ volumeKinds: [kind] })
  lab.start(pod)
  await lab.until('the failure', () => lab.events.some((event) => event.startsWith('FailedMount')))
  has(await text(lab), volumes('N/A', 'desired', 1))
  assert.match(
    await text(lab),
    /^storage_operation_duration_seconds_count\{volume_plugin="N\/A",operation_name="volume_mount",status="fail-unknown",migrated="false"\} [1-9]/m,
  )
  state.bound = true
  await lab.until('ready', () => lab.ready)
  const there = await text(lab)
  has(there, volumes('N/A', 'desired', 0))
  has(there, volumes('kubernetes.io/local-volume', 'desired', 1))
  has(there, volumes('kubernetes.io/local-volume', 'actual', 1))
  has(there, storage('volume_mount', 1))
  // From when the pod wanted it, the first tries and their waits included.
  has(there, 'volume_operation_total_seconds_count{plugin_name="kubernetes.io/local-volume",operation_name="overall_volume_mount"} 1')
  has(there, 'volume_operation_total_seconds_bucket{le="0.25",plugin_name="kubernetes.io/local-volume",operation_name="overall_volume_mount"} 0')
  lab.send({ type: 'PodRemoved' })
  await lab.until('the end', () => lab.finished)
  has(await text(lab), volumes('kubernetes.io/local-volume', 'desired', 0))
  has(await text(lab), volumes('kubernetes.io/local-volume', 'actual', 0))
  has(await text(lab), storage('volume_unmount', 1))
})

test('a device is mapped, not mounted', async () => {
  const { state, kind, pod } = claims(true)
  await using lab = await PodLab.open({ volumeKinds: [kind] })
  lab.start(pod)
  const failed = /^storage_operation_duration_seconds_count\{volume_plugin="N\/A",operation_name="map_volume",status="fail-unknown",migrated="false"\} [1-9]/m
  await lab.until('the failure', () => lab.events.some((event) => event.startsWith('FailedMapVolume')))
  assert.match(await text(lab), failed)
  state.bound = true
  await lab.until('ready', () => lab.ready)
  lab.send({ type: 'PodRemoved' })
  await lab.until('the end', () => lab.finished)
  const metrics = await text(lab)
  for (const operation of ['map_volume', 'unmap_volume']) has(metrics, storage(operation, 1))
  // A kubelet does not tell that of devices.
  assert.doesNotMatch(metrics, /^volume_operation_total_seconds_count\{/m)
})

test('an actor that takes the place of another counts the same volume once', async () => {
  const { state, kind, pod } = claims()
  state.bound = true
  await using lab = await PodLab.open({ volumeKinds: [kind] })
  lab.start(pod)
  await lab.until('ready', () => lab.ready)
  await lab.restart(pod.pod)
  await lab.until('ready again', () => lab.ready)
  await lab.pass(1_000)
  assert.doesNotMatch(await text(lab), /^volume_manager_total_volumes\{.*\} ([2-9]|-)/m)
})
