import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containerSettings } from '../../../src/engine/docker/container-settings.ts'
import { type EngineRights, everyRight } from '../../../src/engine/docker/rights.ts'
import type { ContainerConfig, SandboxId } from '../../../src/engine/engine.ts'
import { podUid } from '../../../src/kube/ids.ts'

const config: ContainerConfig = {
  ...{ pod: { uid: podUid('u'), name: 'p', namespace: 'ns' }, name: 'c', attempt: 2, image: 'sha256:1', imageSpec: 'app:1', command: [], args: [], env: [] },
  ...{ mounts: [], devices: [], labels: {}, annotations: {}, stdin: false, stdinOnce: false, tty: false, resources: {}, security: {} },
  namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
}
const settings = (changed: Partial<ContainerConfig> = {}, rights: EngineRights = everyRight) =>
  containerSettings('s1' as SandboxId, { ...config, ...changed }, rights, { maxBytes: 1024, maxFiles: 3 })

test('the log is rotated as it is set', async () => {
  assert.deepEqual((await settings()).HostConfig?.LogConfig, { Type: 'json-file', Config: { 'max-size': '1024', 'max-file': '3' } })
})

test('a container is run by the runtime of its pod’s class, in its sandbox’s network', async () => {
  const { name, HostConfig } = await settings({ runtimeHandler: 'runsc' })
  assert.deepEqual([name, HostConfig?.Runtime, HostConfig?.NetworkMode], ['k8s_c_p_ns_u_2', 'runsc', 'container:s1'])
})

test('a mount’s propagation is asked for only where it is not private, which Docker refuses for the host’s root', async () => {
  const mount = { hostPath: '/', containerPath: '/host', readOnly: true }
  const { HostConfig } = await settings({ mounts: [mount, { ...mount, propagation: 'private' }, { ...mount, propagation: 'rslave' }] })
  assert.deepEqual(
    HostConfig?.Mounts?.map(({ BindOptions }) => BindOptions?.Propagation),
    [undefined, undefined, 'rslave'],
  )
})

test('a privileged container is given what the engine may give, its own devices beside', async () => {
  const device = (path: string) => ({ PathOnHost: path, PathInContainer: path, CgroupPermissions: 'rwm' })
  const devices = [{ hostPath: '/dev/sdz', containerPath: '/dev/sdz', permissions: 'rwm' }]
  const whole = await settings({ security: { privileged: true }, devices })
  assert.equal(whole.HostConfig?.Privileged, true)
  const clamped = { ...everyRight, privileged: async () => ({ CapAdd: ['ALL'], CapDrop: ['SYS_RESOURCE'], Devices: [device('/dev/null')] }) }
  const { HostConfig } = await settings({ security: { privileged: true, capabilities: { add: [], drop: ['CHOWN'] } }, devices }, clamped)
  assert.deepEqual([HostConfig?.Privileged, HostConfig?.CapAdd, HostConfig?.CapDrop], [undefined, ['ALL'], ['SYS_RESOURCE']])
  assert.deepEqual(HostConfig?.Devices, [device('/dev/null'), device('/dev/sdz')])
  assert.equal((await settings({}, clamped)).HostConfig?.CapAdd, undefined)
})
