import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DirectorMessage, type MirrorPodsMessage, nodeAddresses, type RecordEvent } from '../../actors/node/messages.ts'
import { podFault } from '../../actors/node/pod-fault.ts'
import { watchPods } from '../../actors/node/pod-source.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { nodeStage } from '../support/node-stage.ts'
import { ScriptedClient, ScriptedWatch } from '../support/scripted-client.ts'

const pod = (name: string, changed: { spec?: object; metadata?: object } = {}): Pod =>
  ({
    metadata: { name, namespace: 'a', uid: `uid-${name}`, resourceVersion: '1', ...changed.metadata },
    spec: { nodeName: 'n1', containers: [{ name: 'c' }], ...changed.spec },
  }) as Pod

test('of 450 pods one is wrongly typed: 449 are told, it is known to be there, and an event says what is wrong with it', async (t) => {
  const { system, told, clock, after } = await nodeStage(t, [nodeAddresses.director, nodeAddresses.mirrorPods, nodeAddresses.eventRecorder])
  const pods = Array.from({ length: 450 }, (_, index) => pod(`p${index}`, index === 4 ? { spec: { containers: 'c' } } : {}))
  const client = new ScriptedClient().on('LIST', /pods$/, pods).on('WATCH', /pods$/, new ScriptedWatch())
  const stopping = new AbortController()
  t.after(() => stopping.abort())
  void watchPods({ client, nodeName: 'n1', system, clock, log: silentLogger, signal: stopping.signal })
  await after(0)
  const [listed] = told<Extract<DirectorMessage, { type: 'PodsListed' }>>(nodeAddresses.director, 'PodsListed')
  assert.equal(listed?.pods.length, 449)
  assert.deepEqual(listed?.refused, [{ uid: 'uid-p4', namespace: 'a', name: 'p4' }])
  const [mirrors] = told<Extract<MirrorPodsMessage, { type: 'MirrorsListed' }>>(nodeAddresses.mirrorPods, 'MirrorsListed')
  assert.equal(mirrors?.refused?.length, 1)
  const events = told<RecordEvent>(nodeAddresses.eventRecorder, 'RecordEvent')
  assert.deepEqual(
    events.map(({ object, reason, message }) => [object.uid, reason, message]),
    [['uid-p4', 'FailedValidation', 'Error validating pod a/p4 from api, ignoring: spec.containers: must be a list']],
  )
})

for (const [what, broken, why] of [
  ['whose uid leads out of a directory', pod('a', { metadata: { uid: '../../etc' } }), /^\.metadata\.uid: /],
  ['without a uid', pod('a', { metadata: { uid: undefined } }), /^\.metadata\.uid: /],
  ['whose name is none', pod('a', { metadata: { name: 'a/b' } }), /^\.metadata\.name: /],
  ['without a namespace', pod('a', { metadata: { namespace: undefined } }), /^\.metadata\.namespace: /],
  ['of another node', pod('a', { spec: { nodeName: 'n2' } }), /^\.spec\.nodeName: /],
  ['without containers', pod('a', { spec: { containers: [] } }), /^\.spec\.containers: /],
  ['two containers of which have one name', pod('a', { spec: { initContainers: [{ name: 'c' }] } }), /^\.spec\.containers\[0\]\.name: is the name of another/],
  ['a container of which is a path', pod('a', { spec: { containers: [{ name: '..' }] } }), /^\.spec\.containers\[0\]\.name: /],
  ['a volume of which has no name', pod('a', { spec: { volumes: [{ emptyDir: {} }] } }), /^\.spec\.volumes\[0\]\.name: /],
  ['without a spec', { metadata: pod('a').metadata } as Pod, /^\.spec: /],
] as const)
  test(`a pod ${what} is of no use to a node`, () => assert.match(podFault(broken, 'n1') ?? '', why))

test('a pod of this node, or of none yet, is taken', () => {
  assert.equal(podFault(pod('a'), 'n1'), undefined)
  assert.equal(podFault(pod('a', { spec: { nodeName: undefined } }), 'n1'), undefined)
})
