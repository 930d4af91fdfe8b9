/** What a pod's settings are from inside its containers: user, rights, namespaces, names, resolver, ports, cgroups. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ensureNobody, nobodyImage } from '../support/images.ts'
import { idle, LiveNode, type ShortSpec, statusOf } from '../support/live-node.ts'
import { nodeRuntime } from '../support/node-runtime.ts'
import { testDockerSocket } from '../support/test-docker.ts'
import { waitUntil } from '../support/wait-until.ts'

const hostPort = await freePort()
// A machine that is itself kept from a capability (a sandbox) has no engine that could give it: runc fails there with "unable to apply caps".
const mebi = 1024 ** 2

const pods: Record<string, ShortSpec> = {
  lowly: {
    securityContext: { runAsUser: 1000, runAsGroup: 2000, supplementalGroups: [3000], fsGroup: 4000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
        resources: { requests: { cpu: '250m', memory: '32Mi' }, limits: { cpu: '500m', memory: '64Mi' } },
      },
      { name: 'other', securityContext: { runAsUser: 1234 } },
      { name: 'group-only', securityContext: { runAsUser: 0, runAsGroup: 5 } },
    ],
  },
  named: {
    hostname: 'h',
    subdomain: 'sub',
    setHostnameAsFQDN: true,
    hostAliases: [{ ip: '192.0.2.7', hostnames: ['alias.example', 'other.example'] }],
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['192.0.2.53'], searches: ['a.example', 'b.example'], options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] },
    securityContext: { sysctls: [{ name: 'net.ipv4.ip_local_port_range', value: '33000 44000' }] },
    containers: [
      {
        command: ['httpd', '-f', '-p', '8080', '-h', '/etc'],
        ports: [{ containerPort: 8080, hostPort }],
        securityContext: { capabilities: { drop: ['CHOWN'], add: ['NET_ADMIN'] } },
      },
    ],
  },
  clustered: { subdomain: 'sub' },
  searchless: { dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.54'], options: [{ name: 'ndots', value: '1' }] } },
  crowded: { dnsConfig: { nameservers: ['192.0.2.11', '192.0.2.12', '192.0.2.13'] } },
  hosted: { hostNetwork: true, hostPID: true, hostIPC: true, dnsPolicy: 'ClusterFirstWithHostNet' },
  hostdns: { hostNetwork: true },
  together: { shareProcessNamespace: true, containers: [{}, { name: 'beside', command: [...idle, 'beside-me'] }] },
  typed: { containers: [{ stdin: true, stdinOnce: true, tty: true }] },
  mighty: { containers: [{ securityContext: { privileged: true } }] },
  assured: { containers: [{ resources: { limits: { cpu: '100m', memory: '32Mi' } } }] },
  refused: { containers: [{ securityContext: { runAsNonRoot: true } }] },
  'image-user': {
    containers: [
      { image: nobodyImage, imagePullPolicy: 'Never' },
      { name: 'other', image: nobodyImage, securityContext: { runAsUser: 7 } },
    ],
  },
  unverified: { containers: [{ image: nobodyImage, imagePullPolicy: 'Never', securityContext: { runAsNonRoot: true } }] },
  forbidden: { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '65536' }] } },
}

let node: LiveNode
before(async () => {
  if ((await nodeRuntime()).kind === 'docker') await ensureNobody(testDockerSocket())
  node = await LiveNode.start('--cluster-dns', '192.0.2.10')
  await Promise.all(Object.entries(pods).map(([name, spec]) => node.run(name, spec)))
  const meant = Object.keys(pods).filter((name) => !['refused', 'unverified', 'forbidden'].includes(name))
  for (const name of meant) await node.until(name, 'to run', (pod) => pod.status?.containerStatuses?.every((each) => each.state?.running) === true, 60_000)
})
after(() => node?.[Symbol.asyncDispose]())

const inside = async (pod: string, script: string, container = 'c'): Promise<string> => {
  const { code, output } = await node.sh(pod, script, container)
  assert.equal(code, 0, output)
  return output
}

/** Fields of the first process's /proc status. */
async function processStatus(pod: string, container = 'c'): Promise<Map<string, string>> {
  const lines = (await inside(pod, 'cat /proc/1/status', container)).split('\n')
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]))
}
const capabilities = async (pod: string, set: string) => capabilitySet(await inside(pod, 'cat /proc/1/status'), set)

// linux/capability.h
const CHOWN = 1n << 0n
const NET_BIND_SERVICE = 1n << 10n
const NET_ADMIN = 1n << 12n
const SETUID = 1n << 7n

test('user, group and supplemental groups are the pod’s; a container’s own user wins', async () => {
  assert.equal(await inside('lowly', 'id -u; id -g; id -G'), '1000\n2000\n2000 3000 4000')
  assert.equal(await inside('lowly', 'id -u; id -g', 'other'), '1234\n2000')
  assert.equal(await inside('lowly', 'id -u; id -g', 'group-only'), '0\n5')
})

test('without one in its spec a container’s user is its image’s, whose name says nothing of root', async () => {
  assert.equal(await inside('image-user', 'id -un; id -u'), 'nobody\n65534')
  assert.equal(await inside('image-user', 'id -u', 'other'), '7')
  const { status } = await node.until('unverified', 'to be refused', (pod) => statusOf(pod)?.state?.waiting?.reason === 'CreateContainerConfigError')
  assert.match(
    status?.containerStatuses?.[0]?.state?.waiting?.message ?? '',
    /^container has runAsNonRoot and image has non-numeric user \(nobody\), cannot verify user is non-root/,
  )
})

test('capabilities are dropped and added', async () => {
  assert.equal(await capabilities('lowly', 'CapBnd'), NET_BIND_SERVICE)
  const effective = await capabilities('named', 'CapEff')
  assert.equal(effective & (CHOWN | NET_ADMIN | SETUID), NET_ADMIN | SETUID)
})

test('allowPrivilegeEscalation false sets no_new_privs, and only it does', async () => {
  assert.equal((await processStatus('lowly')).get('NoNewPrivs'), '1')
  assert.equal((await processStatus('lowly', 'other')).get('NoNewPrivs'), '0')
})

test('a read-only root refuses writes; without it they pass', async () => {
  assert.match((await node.sh('lowly', 'touch /tmp/x')).output, /Read-only file system/)
  await inside('lowly', 'touch /tmp/x', 'other')
})

test('seccomp filters with RuntimeDefault, and not without', async () => {
  assert.equal((await processStatus('lowly')).get('Seccomp'), '2')
  assert.equal((await processStatus('named')).get('Seccomp'), '0')
})

test('/proc is masked and its settings are read-only', async () => {
  assert.notEqual((await node.sh('named', 'echo 1 > /proc/sys/kernel/shm_rmid_forced')).code, 0)
  assert.match(await inside('named', 'grep " /proc/" /proc/mounts'), /^tmpfs \/proc\/(kcore|keys|timer_list) /m)
})

test('a privileged container has every right that the node has, its devices and all of /proc', async () => {
  // Docker 20.10 knows capabilities up to AUDIT_READ.
  const known = (1n << 38n) - 1n
  assert.equal((await capabilities('mighty', 'CapEff')) & known, capabilitySet(await readFile('/proc/self/status', 'utf8'), 'CapBnd') & known)
  await inside('mighty', 'test -c /dev/kmsg && mknod /tmp/null c 1 3 && echo x > /tmp/null')
  await inside('mighty', 'cat /proc/sys/kernel/shm_rmid_forced > /proc/sys/kernel/shm_rmid_forced')
  assert.equal((await node.sh('mighty', 'grep "^tmpfs /proc/" /proc/mounts')).output, '')
})

test('a safe sysctl is set; an unsafe one is refused', async () => {
  assert.match(await inside('named', 'cat /proc/sys/net/ipv4/ip_local_port_range'), /^33000\s+44000$/)
  const { status } = await node.until('forbidden', 'to be refused', (pod) => pod.status?.phase === 'Failed')
  assert.equal(status?.reason, 'SysctlForbidden')
  assert.match(status?.message ?? '', /forbidden sysctl: "kernel.msgmax" not allowlisted$/)
})

test('a pod has namespaces of its own, or the node’s where it asks', async () => {
  for (const kind of ['net', 'pid', 'ipc']) {
    const ofNode = await readlink(`/proc/self/ns/${kind}`)
    assert.equal(await inside('hosted', `readlink /proc/self/ns/${kind}`), ofNode, kind)
    assert.notEqual(await inside('named', `readlink /proc/self/ns/${kind}`), ofNode, kind)
  }
  const { status } = await node.pod('hosted')
  assert.equal(status?.podIP, status?.hostIP)
})

test('containers of one pod see each other’s processes with shareProcessNamespace only, below the pause process', async () => {
  assert.match(await inside('together', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'), /beside-me/)
  assert.match(await inside('together', 'cat /proc/1/cmdline | tr "\\0" " "'), /pause/)
  assert.match(await inside('lowly', 'cat /proc/1/cmdline | tr "\\0" " "'), /^sh /)
})

test('hostname, FQDN and aliases', async () => {
  const { status } = await node.pod('named')
  assert.equal(await inside('named', 'hostname'), 'h.sub.default.svc.cluster.local')
  const hosts = await inside('named', 'cat /etc/hosts')
  assert.ok(hosts.startsWith('# Kubernetes-managed hosts file.\n'), hosts)
  assert.ok(hosts.includes(`\n${status?.podIP}\th.sub.default.svc.cluster.local\th\n`), hosts)
  assert.ok(hosts.endsWith('\n# Entries added by HostAliases.\n192.0.2.7\talias.example\tother.example'), hosts)
  assert.equal(await inside('clustered', 'hostname'), 'clustered')
  assert.match(await inside('hostdns', 'cat /etc/hosts'), /^# Kubernetes-managed hosts file \(host network\)\./)
})

test('the resolver follows the DNS policy', async () => {
  const of = async (pod: string) =>
    (await inside(pod, 'cat /etc/resolv.conf'))
      .split('\n')
      .filter((line) => /^(nameserver|search|options) /.test(line))
      .sort()
  assert.deepEqual(await of('named'), ['nameserver 192.0.2.53', 'options ndots:2 edns0', 'search a.example b.example'])
  assert.deepEqual(await of('searchless'), ['nameserver 192.0.2.54', 'options ndots:1'])
  for (const pod of ['clustered', 'hosted']) {
    const [server, options, search] = await of(pod)
    assert.equal(server, 'nameserver 192.0.2.10')
    assert.equal(options, 'options ndots:5')
    assert.match(search ?? '', /^search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local( |$)/)
  }
  assert.equal((await of('crowded')).filter((line) => line.startsWith('nameserver ')).length, 3)
  await node.untilEvent('crowded', /^DNSConfigForming: Nameserver limits were exceeded, .* is: 192\.0\.2\.10 192\.0\.2\.11 192\.0\.2\.12$/)
  const ofNode = (await readFile('/etc/resolv.conf', 'utf8')).split('\n').filter((line) => line.startsWith('nameserver '))
  assert.deepEqual(
    (await of('hostdns')).filter((line) => line.startsWith('nameserver ')),
    ofNode.sort(),
  )
})

test('a hostPort leads to the container', async () => {
  const answer = await waitUntil('an answer on the host port', () => fetch(`http://127.0.0.1:${hostPort}/hostname`).catch(() => undefined))
  assert.equal(answer.status, 200)
  await answer.body?.cancel()
})

test('the cgroup lies below the QoS class’s, with the container’s shares, quota and memory', async () => {
  for (const [pod, parent] of [
    ['lowly', 'kubepods/burstable'],
    ['named', 'kubepods/besteffort'],
    ['assured', 'kubepods'],
  ] as const) {
    const { metadata, status } = await node.pod(pod)
    const { id } = await node.container(pod)
    assert.match(await readFile(`/proc/${await node.runtime.pid(id)}/cgroup`, 'utf8'), new RegExp(`/${parent}/pod${metadata?.uid}/${id}`))
    assert.equal(status?.qosClass, { lowly: 'Burstable', named: 'BestEffort', assured: 'Guaranteed' }[pod])
  }
  const limit = 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max'
  assert.equal(await inside('lowly', limit), String(64 * mebi))
  assert.equal(await inside('assured', limit), String(32 * mebi))
  const { cpuShares, cpuQuota, cpuPeriod } = await node.runtime.resources((await node.container('lowly')).id)
  assert.deepEqual([cpuShares, cpuQuota, cpuPeriod], [256, 50_000, 100_000])
  const quota = 'cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cut -d" " -f1 /sys/fs/cgroup/cpu.max'
  assert.equal(await inside('lowly', quota), '50000')
})

test('oom_score_adj follows the QoS class', async () => {
  const score = async (pod: string) => Number(await inside(pod, 'cat /proc/1/oom_score_adj'))
  assert.equal(await score('named'), 1000)
  const burstable = await score('lowly')
  assert.ok(burstable > 900 && burstable < 1000, String(burstable))
  // Who lacks CAP_SYS_RESOURCE cannot give less than its own score.
  const own = Number(await readFile('/proc/self/oom_score_adj', 'utf8'))
  const rights = capabilitySet(await readFile('/proc/self/status', 'utf8'), 'CapEff')
  assert.equal(await score('assured'), rights & (1n << 24n) ? -997 : own)
})

test('stdin, stdinOnce and tty', async () => {
  assert.match(await inside('typed', 'readlink /proc/1/fd/0'), /^\/dev\/(pts\/|console)/)
  const { docker } = node.runtime
  if (docker) {
    const { OpenStdin, StdinOnce } = (await docker.getContainer((await node.container('typed')).id).inspect()).Config
    assert.deepEqual([OpenStdin, StdinOnce], [true, true])
  }
  assert.equal(await inside('named', 'readlink /proc/1/fd/0'), '/dev/null')
})

test('runAsNonRoot with an image of root is told in the status, and nothing runs', async () => {
  const pod = await node.until('refused', 'to wait', (each) => statusOf(each)?.state?.waiting?.reason === 'CreateContainerConfigError')
  assert.equal(
    statusOf(pod)?.state?.waiting?.message,
    `container has runAsNonRoot and image will run as root (pod: "refused_default(${pod.metadata?.uid})", container: c)`,
  )
  assert.equal(pod.status?.phase, 'Pending')
})

test('the cgroup goes with the pod', async () => {
  const { metadata } = await node.pod('typed')
  const directories = async () => {
    const hierarchies = await readdir('/sys/fs/cgroup')
    const paths = ['', ...hierarchies].map((name) => join('/sys/fs/cgroup', name, `kubepods/besteffort/pod${metadata?.uid}`))
    return paths.filter((path) => existsSync(path))
  }
  assert.notDeepEqual(await directories(), [])
  await node.kubectl.ok(['delete', 'pod', 'typed', '--wait', '--timeout=30s'])
  assert.deepEqual(await directories(), [])
})

/** One of the capability sets of a /proc status file. */
function capabilitySet(status: string, name: string): bigint {
  const hexadecimal = new RegExp(`^${name}:\\s*(\\w+)$`, 'm').exec(status)?.[1]
  return BigInt(`0x${hexadecimal}`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || !address) throw new Error('no address')
  return address.port
}
