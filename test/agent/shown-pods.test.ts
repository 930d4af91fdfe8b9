import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PodTable } from '../../actors/node/pod-table.ts'
import type { PodStatusReport } from '../../actors/pod/messages.ts'
import { ShownPods } from '../../src/agent/shown-pods.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { Pod } from '../../src/kube/objects.ts'

const pod = (uid: string, annotations: Record<string, string> = {}): Pod => ({ metadata: { name: uid, uid, annotations }, status: { phase: 'Pending' } })
const fixed = { 'kubernetes.io/config.source': 'file' }
const report = (uid: string): PodStatusReport => ({
  ...{ type: 'PodStatusReport', uid: podUid(uid), namespace: 'n', name: uid, origin: 'file', cleanedUp: false },
  status: { phase: 'Running' },
})

test('a static pod is shown as its actor told it, others as the API server has them', () => {
  const table = new PodTable()
  const shown = new ShownPods(table)
  for (const each of [pod('static', fixed), pod('of-the-api')]) table.set(podUid(String(each.metadata?.uid)), each)
  for (const uid of ['static', 'of-the-api']) shown.reported(report(uid))
  assert.deepEqual(
    shown.all().map(({ metadata, status }) => [metadata?.name, status?.phase]),
    [
      ['static', 'Running'],
      ['of-the-api', 'Pending'],
    ],
  )
})

test('what was told of a static pod goes with it', () => {
  const table = new PodTable()
  const shown = new ShownPods(table)
  const uid = podUid('static')
  table.set(uid, pod('static', fixed))
  shown.reported(report('static'))
  table.delete(uid)
  table.set(uid, pod('static', fixed))
  assert.equal(shown.all()[0]?.status?.phase, 'Pending')
})
