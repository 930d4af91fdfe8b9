import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VolumeAttachment } from '../../../../src/controlplane/apiserver/kinds/storage/volume-attachments.ts'
import { attachedVolumes, planAttachments } from '../../../../src/controlplane/controllers/attach-detach/plan.ts'
import { attachmentName, inUseName } from '../../../../src/csi/volume-names.ts'
import type { Node, Pod } from '../../../../src/kube/objects.ts'
import { aVolume } from '../../volume-binding/objects.ts'

const csi = { hostPath: undefined, csi: { driver: 'd.example.com', volumeHandle: 'h1' } }
const volume = aVolume('pv1', csi)
const unique = inUseName('d.example.com', 'h1')
const begun = Date.parse('2026-01-01T00:00:00Z')
const minutes = (count: number) => begun + count * 60_000

const node = (name: string, { inUse = false, ready = true, taints = [] as string[], managed = true } = {}) =>
  ({
    metadata: { name, ...(managed && { annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' } }) },
    spec: { taints: taints.map((key) => ({ key, effect: 'NoExecute' })) },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }], ...(inUse && { volumesInUse: [unique] }) },
  }) as Node
const pod = (name: string, namespace = 'default') => ({ metadata: { name, namespace, uid: name } }) as Pod
const attachment = (nodeName: string, status: object = { attached: true }, over: object = {}): VolumeAttachment =>
  ({
    metadata: { name: attachmentName('d.example.com', 'h1', nodeName), creationTimestamp: '2026-01-01T00:00:00Z', ...over },
    spec: { attacher: 'd.example.com', nodeName, source: { persistentVolumeName: 'pv1' } },
    status,
  }) as unknown as VolumeAttachment

interface Scene {
  readonly pods?: Record<string, Pod[]>
  readonly attachments?: readonly VolumeAttachment[]
  readonly nodes?: readonly Node[]
  readonly modes?: readonly string[]
  readonly now?: number
}

function plan({ pods = {}, attachments = [], nodes = [node('n1'), node('n2')], modes, now = begun }: Scene) {
  const view = {
    volume: modes ? aVolume('pv1', { ...csi, accessModes: modes }) : volume,
    pods: new Map(Object.entries(pods)),
    attachments,
    node: (name: string) => nodes.find(({ metadata }) => metadata?.name === name),
    unneededSince: new Map(attachments.map(({ spec }) => [spec?.nodeName ?? '', begun])),
  }
  const { attach, detach, events, nextAt } = planAttachments(view, now)
  return { attach, detach: detach.map(({ spec }) => spec?.nodeName), told: events.map(({ pod, message }) => `${pod.metadata?.name}: ${message}`), nextAt }
}

test('a volume is attached where a pod needs it, once, and only on nodes that leave it to the controller', () => {
  assert.deepEqual(plan({ pods: { n1: [pod('a')] } }).attach, ['n1'])
  assert.deepEqual(plan({ pods: { n1: [pod('a')] }, attachments: [attachment('n1')] }).attach, [])
  assert.deepEqual(plan({ pods: { n1: [pod('a')] }, nodes: [node('n1', { managed: false })] }).attach, [])
  assert.deepEqual(plan({ pods: { nowhere: [pod('a')] } }).attach, [])
})

test('a volume of one writer is no second node’s; the pod is told by whom it is used, without names of other namespaces', () => {
  const error = (why: string) => `b: Multi-Attach error for volume "pv1" ${why}`
  const second = { pods: { n1: [pod('a')], n2: [pod('b')] }, attachments: [attachment('n1')] }
  assert.deepEqual([plan(second).attach, plan(second).told], [[], [error('Volume is already used by pod(s) a')]])
  const foreign = { ...second, pods: { n1: [pod('a', 'other'), pod('c')], n2: [pod('b')] } }
  assert.deepEqual(plan(foreign).told, [error('Volume is already used by pod(s) c and 1 pod(s) in different namespaces')])
  const left = { pods: { n2: [pod('b')] }, attachments: [attachment('n1')], nodes: [node('n1', { inUse: true }), node('n2')] }
  assert.deepEqual(plan(left).told, [error("Volume is already exclusively attached to one node and can't be attached to another")])
  assert.deepEqual(plan({ ...second, modes: ['ReadWriteMany'] }).attach, ['n2'])
  assert.deepEqual(plan({ pods: { n1: [pod('a')], n2: [pod('b')] } }).attach, ['n1'])
})

test('a volume is detached when the node has let go; a node that cannot say so any more is waited for, 6 min', () => {
  const one = [attachment('n1')]
  const on = (facts: Parameters<typeof node>[1], now = begun) => plan({ attachments: one, nodes: [node('n1', facts)], now })
  assert.deepEqual(on({}).detach, ['n1'])
  assert.deepEqual([on({ inUse: true }).detach, on({ inUse: true }).nextAt], [[], minutes(6)])
  assert.deepEqual(on({ inUse: true }, minutes(7)).detach, [], 'a healthy node that still uses it')
  assert.deepEqual(on({ inUse: true, ready: false }, minutes(5)).detach, [])
  assert.deepEqual(on({ inUse: true, ready: false }, minutes(6)).detach, ['n1'])
  assert.deepEqual(on({ inUse: true, ready: false, taints: ['node.kubernetes.io/out-of-service'] }).detach, ['n1'])
  assert.deepEqual(plan({ attachments: one, nodes: [] }).detach, [])
  assert.deepEqual(plan({ attachments: one, nodes: [], now: minutes(6) }).detach, ['n1'])
  assert.deepEqual(plan({ attachments: one, pods: { n1: [pod('a')] } }).detach, [])
  assert.deepEqual(plan({ attachments: [attachment('n1', {}, { name: 'made-by-hand' })] }).detach, [])
})

test('what the attacher says, or does not say in time, its pods are told', () => {
  const pods = { n1: [pod('a')] }
  const failed = attachment('n1', { attached: false, attachError: { message: 'disk is full' } })
  assert.deepEqual(plan({ pods, attachments: [failed] }).told, ['a: AttachVolume.Attach failed for volume "pv1" : disk is full'])
  const slow = { pods, attachments: [attachment('n1', { attached: false })] }
  assert.deepEqual([plan(slow).told, plan(slow).nextAt], [[], minutes(2)])
  assert.deepEqual(plan({ ...slow, now: minutes(2) }).told, [
    'a: AttachVolume.Attach failed for volume "pv1" : timed out waiting for external-attacher of d.example.com CSI driver to attach volume h1',
  ])
})

test('a node’s status names what is attached to it, and not what is about to be detached', () => {
  const one = attachment('n1')
  const say = (attachments: VolumeAttachment[], detaching: string[] = []) => attachedVolumes(attachments, new Set(detaching), () => volume)
  assert.deepEqual(say([one]), [{ name: 'kubernetes.io/csi/d.example.com^h1', devicePath: '' }])
  assert.deepEqual(say([one], [one.metadata?.name ?? '']), [])
  assert.deepEqual(say([attachment('n1', { attached: false }), attachment('n1', { attached: true }, { deletionTimestamp: '2026-01-01T00:00:00Z' })]), [])
})
