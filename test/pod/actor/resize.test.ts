import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kubeletRules } from '../../../actors/pod/kubelet-rules.ts'
import type { HeldResize } from '../../../actors/pod/messages.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { labPod, PodLab } from '../../support/pod-lab.ts'

const cpu = (amount: string) => ({ requests: { cpu: amount } })
const propsOf = (amount: string) => labPod({}, { resources: cpu(amount), resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }] })
const held: HeldResize = { status: 'Deferred', resources: { app: cpu('100m') } }
const statusOf = (lab: PodLab) => [(lab.status as Pod['status'])?.resize, lab.container('app')?.allocatedResources?.cpu]
const shares = (lab: PodLab) => [...lab.engine.containers.values()].map(({ resources }) => resources.cpuShares)

test('a pod whose resize is held goes on with what it has, also in a container that starts anew; released, it is resized', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.start(propsOf('100m'))
  await lab.until('ready', () => lab.ready)
  const { pod } = propsOf('400m')
  lab.send({ type: 'PodChanged', pod, held })
  await lab.until('it is said', () => statusOf(lab)[0] === 'Deferred')
  assert.deepEqual([statusOf(lab), shares(lab)], [['Deferred', '100m'], [102]])
  lab.engine.exit('app', 1)
  await lab.until('the next try', () => lab.engine.running().includes('app-1'))
  assert.deepEqual(shares(lab), [102, 102])
  lab.send({ type: 'PodChanged', pod })
  await lab.until('it is resized', () => statusOf(lab)[0] === undefined && statusOf(lab)[1] === '400m')
  assert.deepEqual(shares(lab), [102, 409])
})

test('an actor that begins again knows that a resize is held', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.start({ ...propsOf('400m'), held })
  await lab.until('ready', () => lab.ready)
  assert.deepEqual([statusOf(lab), shares(lab)], [['Deferred', '100m'], [102]])
})
