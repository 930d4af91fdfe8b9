/** Settings that a node can refuse, and those of the pod as a whole: runtime classes, the pod's own cgroup, names that are too long, files that are the user's. */
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { LiveNode, type ShortSpec } from '../support/live-node.ts'

const mebi = 1024 ** 2
const udpPort = 20_000 + Math.floor(Math.random() * 10_000)
const long = 'a-name-that-is-longer-than-a-host-name-may-be-and-so-is-cut-at-its-end'
const limits = { cpu: '100m', memory: '32Mi' }

const pods: Record<string, ShortSpec> = {
  classed: { runtimeClassName: 'runc' },
  bounded: { containers: [{ resources: { limits } }, { name: 'b', resources: { limits } }] },
  filtered: { containers: [{ securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'no-mkdir.json' } } }] },
  [long]: {},
  spoken: { containers: [{ ports: [{ containerPort: 9000, hostPort: udpPort, protocol: 'UDP' }] }] },
  owned: { volumes: [{ name: 'v', configMap: { name: 'files' } }], containers: [{ volumeMounts: [{ name: 'v', mountPath: '/etc/hosts', subPath: 'hosts' }] }] },
  skipped: { containers: [{ envFrom: [{ configMapRef: { name: 'files' }, prefix: '' }, { configMapRef: { name: 'odd' } }] }] },
  secretless: { imagePullSecrets: [{ name: 'nowhere' }], containers: [{ imagePullPolicy: 'Always', image: '127.0.0.1:1/none:1' }] },
}
const refused: Record<string, ShortSpec> = {
  handlerless: { runtimeClassName: 'unconfigured' },
  endless: { hostname: 'h'.repeat(60), subdomain: 'sub', setHostnameAsFQDN: true },
  remapped: { hostUsers: false },
  confined: { securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } },
}

let node: LiveNode
before(async () => {
  node = await LiveNode.start('--pod-max-pids', '64')
  const seccomp = join(node.state, 'node/seccomp')
  await mkdir(seccomp, { recursive: true })
  const filter = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }] }
  await writeFile(join(seccomp, 'no-mkdir.json'), JSON.stringify(filter))
  const runtimeClass = (name: string, handler: string) => ({ apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name }, handler })
  const map = (name: string, data: Record<string, string>) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })
  await node.apply(
    runtimeClass('runc', 'runc'),
    runtimeClass('unconfigured', 'no-such-runtime'),
    map('files', { hosts: '192.0.2.99 of-the-user\n' }),
    map('odd', { 'good-enough': 'yes' }),
  )
  await Promise.all(Object.entries({ ...pods, ...refused }).map(([name, spec]) => node.run(name, spec)))
  for (const name of ['classed', 'bounded', 'filtered', long, 'spoken', 'owned', 'skipped']) {
    await node.until(name, 'to be Ready', (pod) => pod.status?.containerStatuses?.every(({ ready }) => ready) === true)
  }
})
after(() => node[Symbol.asyncDispose]())

test('a RuntimeClass’s handler is Docker’s runtime, of the sandbox and its containers', async (t) => {
  const { docker } = node.runtime
  if (!docker) return t.skip('of Docker alone')
  for (const container of ['c', 'POD']) {
    const { id } = await node.container('classed', container)
    assert.equal((await docker.getContainer(id).inspect()).HostConfig.Runtime, 'runc')
  }
})

test('a handler that the engine has not is told in an event, and nothing runs', async () => {
  await node.untilEvent('handlerless', /^FailedCreatePodSandBox: Failed to create pod sandbox: .*no-such-runtime/)
  assert.equal((await node.pod('handlerless')).status?.phase, 'Pending')
})

test('a RuntimeClass that is gone again is told in the kubelet’s words', async () => {
  // The API server lets in none of a class that is not there: it goes while the pod waits to be scheduled.
  await node.run('unclassed', { runtimeClassName: 'runc', schedulingGates: [{ name: 'example.com/hold' }] })
  await node.kubectl.run(['delete', 'runtimeclass', 'runc', '--wait'])
  await node.kubectl.ok(['patch', 'pod', 'unclassed', '--type=json', '-p', '[{"op":"remove","path":"/spec/schedulingGates"}]'])
  await node.untilEvent('unclassed', /^FailedCreatePodSandBox: .*runtimeclass\.node\.k8s\.io "runc" not found$/)
})

test('the pod’s own cgroup bounds its containers together, the class’s cgroup has their shares', async () => {
  const { metadata } = await node.pod('bounded')
  const read = async (controller: string, path: string, file: string) =>
    (await readFile(`/sys/fs/cgroup/${controller}/kubepods/${path}/${file}`, 'utf8')).trim()
  const pod = `pod${metadata?.uid}`
  assert.equal(await read('memory', pod, 'memory.limit_in_bytes'), String(64 * mebi))
  assert.deepEqual([await read('cpu', pod, 'cpu.shares'), await read('cpu', pod, 'cpu.cfs_quota_us')], ['204', '20000'])
  assert.equal(await read('pids', pod, 'pids.max'), '64')
  assert.equal(await read('cpu', 'besteffort', 'cpu.shares'), '2')
})

test('a seccomp filter of the node’s own holds in the container', async () => {
  const { code, output } = await node.sh('filtered', 'mkdir /tmp/x')
  assert.notEqual(code, 0)
  assert.match(output, /Operation not permitted/)
})

test('a long name is cut to a host name', async () => {
  assert.equal((await node.sh(long, 'hostname')).output, long.slice(0, 63).replace(/-$/, ''))
})

test('a UDP host port is Docker’s to forward', async (t) => {
  const { docker } = node.runtime
  if (!docker) return t.skip('of Docker alone')
  // Busybox has nothing that listens on UDP: the port is looked at where the engine holds it.
  const { Ports } = (await docker.getContainer((await node.container('spoken', 'POD')).id).inspect()).NetworkSettings
  assert.equal(Ports['9000/udp']?.[0]?.HostPort, String(udpPort))
  const port = udpPort.toString(16).toUpperCase().padStart(4, '0')
  assert.match(await readFile('/proc/net/udp', 'utf8'), new RegExp(`:${port} `))
})

test('/etc/hosts that the user mounts is the user’s', async () => {
  assert.equal((await node.sh('owned', 'cat /etc/hosts')).output, '192.0.2.99 of-the-user')
})

test('pull secrets that are missing are told', async () => {
  await node.untilEvent('secretless', /^FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets \(nowhere\)/)
})

test('what this node cannot do is refused as a kubelet does', async () => {
  await node.untilEvent(
    'endless',
    /^FailedCreatePodSandBox: .*failed to construct FQDN from pod hostname and cluster domain, FQDN h+\.sub\.default\.svc\.cluster\.local is too long \(64 characters is the max, \d+ characters requested\)$/,
  )
  await node.untilEvent('remapped', /^FailedCreatePodSandBox: .*can't set `spec\.hostUsers: false`, runtime does not support user namespaces$/)
  const { status } = await node.until('confined', 'to be refused', (pod) => pod.status?.phase === 'Failed')
  assert.deepEqual([status?.reason, status?.message], ['AppArmor', 'Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host'])
})
