import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containerSettings } from '../../../src/engine/docker/container-settings.ts'
import type { ContainerConfig, SandboxId } from '../../../src/engine/engine.ts'
import { podUid } from '../../../src/kube/ids.ts'

const config: ContainerConfig = {
  ...{ pod: { uid: podUid('u'), name: 'p', namespace: 'ns' }, name: 'c', attempt: 2, image: 'sha256:1', imageSpec: 'app:1', command: [], args: [], env: [] },
  ...{ mounts: [], devices: [], labels: {}, annotations: {}, stdin: false, stdinOnce: false, tty: false, resources: {}, security: {} },
  namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
}
const settings = (changed: Partial<ContainerConfig> = {}) =>
  containerSettings('s1' as SandboxId, { ...config, ...changed }, (score) => score, { maxBytes: 1024, maxFiles: 3 })

test('the log is rotated as it is set', async () => {
  assert.deepEqual((await settings()).HostConfig?.LogConfig, { Type: 'json-file', Config: { 'max-size': '1024', 'max-file': '3' } })
})

test('a container is run by the runtime of its pod’s class, in its sandbox’s network', async () => {
  const { name, HostConfig } = await settings({ runtimeHandler: 'runsc' })
  assert.deepEqual([name, HostConfig?.Runtime, HostConfig?.NetworkMode], ['k8s_c_p_ns_u_2', 'runsc', 'container:s1'])
})
