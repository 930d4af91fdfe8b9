import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { podHostname } from '../../../actors/pod/container-config/sandbox-config.ts'
import { kubeletRules } from '../../../actors/pod/kubelet-rules.ts'
import type { PodActorProps } from '../../../actors/pod/messages.ts'
import { labPod, PodLab } from '../../support/pod-lab.ts'

const named = (namespace: string, name: string): PodActorProps => {
  const props = labPod()
  return { ...props, pod: { ...props.pod, metadata: { ...props.pod.metadata, namespace, name } } }
}

test('a pod whose log directory no file could be named is told why it cannot run, and can be deleted', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  const props = named('n'.repeat(63), 'p'.repeat(200))
  lab.start(props)
  await lab.until('the reason is told', () => lab.events.some((event) => event.startsWith('FailedCreatePodSandBox')))
  const event = lab.events.find((each) => each.startsWith('FailedCreatePodSandBox')) ?? ''
  assert.match(event, /^FailedCreatePodSandBox: Failed to create pod sandbox: mkdir \S+\/n+_p+_uid-1: file name too long$/)
  assert.equal(lab.status?.phase, 'Pending')
  lab.send({ type: 'PodChanged', pod: { ...props.pod, metadata: { ...props.pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } } as never })
  await lab.until('it is cleaned up', () => lab.reports.at(-1)?.cleanedUp === true)
  assert.ok(!existsSync(join(lab.root, 'node', 'pods', 'uid-1')))
  assert.deepEqual(lab.failures, [])
})

test('a pod with the longest names that a directory can have runs', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.start(named('n'.repeat(63), 'p'.repeat(255 - 63 - '__uid-1'.length)))
  await lab.until('it runs', () => lab.engine.running().length === 1)
})

test('a host name is cut to 63 characters, whatever the pod is called', () => {
  const pod = (name: string) => ({ metadata: { name, namespace: 'ns' }, spec: { containers: [] } })
  assert.equal(podHostname(pod('p'.repeat(253)), 'cluster.local').length, 63)
  assert.equal(podHostname(pod(`${'p'.repeat(60)}..-x`), 'cluster.local'), 'p'.repeat(60))
})
