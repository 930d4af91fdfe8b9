import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runsToCompletion } from '../../../actors/pod/container-config/runs-to-completion.ts'
import type { Container, Pod } from '../../../src/kube/objects.ts'

const main: Container = { name: 'main', image: 'a:1' }
const init: Container = { name: 'init', image: 'a:1' }
const sidecar: Container = { name: 'sidecar', image: 'a:1', restartPolicy: 'Always' }
const debug: Container = { name: 'debug', image: 'a:1' }
const podOf = (kind?: string, apiVersion = 'batch/v1'): Pod => ({
  metadata: { name: 'p', ...(kind && { ownerReferences: [{ apiVersion, kind, name: 'o', uid: 'u', controller: true }] }) },
  spec: { containers: [main], initContainers: [init, sidecar], ephemeralContainers: [debug] },
})

test('init containers come to an end, sidecars and main ones do not', () => {
  assert.deepEqual(
    [main, init, sidecar, debug].map((container) => runsToCompletion(podOf(), container)),
    [false, true, false, false],
  )
})

test('what a Job runs comes to an end; what a ReplicaSet runs, or a Job of others, does not', () => {
  assert.deepEqual(
    [main, init, sidecar, debug].map((container) => runsToCompletion(podOf('Job'), container)),
    [true, true, false, false],
  )
  assert.equal(runsToCompletion(podOf('ReplicaSet', 'apps/v1'), main), false)
  assert.equal(runsToCompletion(podOf('Job', 'example.com/v1'), main), false)
})
