import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everyRight } from '../../../src/engine/docker/rights.ts'
import { sandboxSettings } from '../../../src/engine/docker/sandbox-settings.ts'
import type { SandboxConfig } from '../../../src/engine/engine.ts'
import type { DnsConfig, PortMapping } from '../../../src/engine/settings.ts'
import { podUid } from '../../../src/kube/ids.ts'

const config: SandboxConfig = {
  pod: { uid: podUid('u-1'), name: 'p', namespace: 'default' },
  attempt: 0,
  labels: {},
  annotations: {},
  logDirectory: '/var/log/pods/p',
  hostname: 'p',
  portMappings: [],
  namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
  sysctls: {},
  resources: {},
  security: {},
  dns: undefined,
  cgroupParent: undefined,
  runtimeHandler: undefined,
  image: undefined,
}
const hostConfig = async (part: Partial<SandboxConfig>) => (await sandboxSettings({ ...config, ...part }, 'pause', everyRight)).HostConfig

for (const [what, dns, expected] of [
  ['no searches are a dot, or Docker would take the host’s', { servers: ['192.0.2.1'], searches: [], options: [] }, ['.']],
  ['searches are kept', { servers: [], searches: ['a', 'b'], options: [] }, ['a', 'b']],
  ['without settings Docker decides', undefined, []],
] as const satisfies readonly (readonly [string, DnsConfig | undefined, readonly string[]])[]) {
  test(`resolver: ${what}`, async () => assert.deepEqual((await hostConfig({ dns }))?.DnsSearch, expected))
}

test('host ports are published by address and protocol, not on the host’s own network', async () => {
  const portMappings: PortMapping[] = [
    { containerPort: 80, hostPort: 8080, protocol: 'TCP', hostIp: '127.0.0.1' },
    { containerPort: 80, hostPort: 8081, protocol: 'TCP' },
    { containerPort: 53, hostPort: 5353, protocol: 'UDP' },
    { containerPort: 90, hostPort: 0, protocol: 'TCP' },
  ]
  assert.deepEqual((await hostConfig({ portMappings }))?.PortBindings, {
    '80/tcp': [
      { HostIp: '127.0.0.1', HostPort: '8080' },
      { HostIp: '', HostPort: '8081' },
    ],
    '53/udp': [{ HostIp: '', HostPort: '5353' }],
  })
  assert.deepEqual((await hostConfig({ portMappings, namespaces: { ...config.namespaces, network: 'node' } }))?.PortBindings, {})
})

test('the pause container of a privileged pod has no privilege', async () => {
  assert.notEqual((await hostConfig({ security: { privileged: true } }))?.Privileged, true)
})
