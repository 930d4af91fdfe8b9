import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containerAnnotations, sandboxAnnotations } from '../../../actors/pod/container-config/labels.ts'
import type { Container, Pod } from '../../../src/kube/objects.ts'

const container: Container = { name: 'test_container', image: 'foo/image:v1', terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' }
const aPod = (changes: Partial<Pod> = {}): Pod => ({ metadata: { name: 'p', ...changes.metadata }, spec: { containers: [container], ...changes.spec } })

test('a container’s annotations are a kubelet’s', () => {
  const pod = aPod({ metadata: { deletionGracePeriodSeconds: 5 }, spec: { containers: [], terminationGracePeriodSeconds: 30 } })
  const full: Container = { ...container, ports: [{ name: 'web', containerPort: 80, protocol: 'TCP' }], lifecycle: { preStop: { exec: { command: ['a'] } } } }
  assert.deepEqual(containerAnnotations(pod, full, 3), {
    'io.kubernetes.container.hash': '8e45cbd0',
    'io.kubernetes.container.ports': '[{"name":"web","containerPort":80,"protocol":"TCP"}]',
    'io.kubernetes.container.preStopHandler': '{"exec":{"command":["a"]}}',
    'io.kubernetes.container.restartCount': '3',
    'io.kubernetes.container.terminationMessagePath': '/dev/termination-log',
    'io.kubernetes.container.terminationMessagePolicy': 'File',
    'io.kubernetes.pod.deletionGracePeriod': '5',
    'io.kubernetes.pod.terminationGracePeriod': '30',
  })
})

test('what a pod does not have is no annotation', () => {
  const names = Object.keys(containerAnnotations(aPod(), container, 0))
  assert.equal(
    names.some((name) => /Grace|ports|preStop/.test(name)),
    false,
  )
})

test('a sandbox has the pod’s own annotations, where it comes from and since when it is known', () => {
  const seen = Date.parse('2024-01-02T03:04:05.678Z')
  assert.deepEqual(sandboxAnnotations(aPod({ metadata: { annotations: { a: 'b' } } }), seen), {
    'kubernetes.io/config.seen': '2024-01-02T03:04:05.678Z',
    'kubernetes.io/config.source': 'api',
    a: 'b',
  })
  const fromFile = { 'kubernetes.io/config.seen': '2020-01-01T00:00:00Z', 'kubernetes.io/config.source': 'file' }
  assert.deepEqual(sandboxAnnotations(aPod({ metadata: { annotations: fromFile } }), seen), fromFile)
})
