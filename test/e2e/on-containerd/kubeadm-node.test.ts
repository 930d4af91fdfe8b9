/** `podsteward node` in the place of kubeadm's kubelet: its environment file, its configuration, its kubeconfig and certificate as they stand. */
import assert from 'node:assert/strict'
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { startControlPlane } from '../../../src/controlplane/start.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { unmountAll } from '../../../src/volumes/clean-up.ts'
import { systemMounter } from '../../../src/volumes/mounter.ts'
import { Kubectl } from '../../support/kubectl.ts'
import { condition, podManifest } from '../../support/live-node.ts'
import { nodeRuntime, onContainerd, stopRuntime } from '../../support/node-runtime.ts'
import { Podsteward } from '../../support/podsteward.ts'
import { waitUntil } from '../../support/wait-until.ts'

onContainerd()
after(() => stopRuntime())

const nodeName = 'worker-1'
const words = (line: string) => line.trim().split(/\s+/)

/** The client certificate as a kubelet keeps it, and kubeadm's kubelet.conf that names it. */
async function identity(state: string, kubeconfig: string): Promise<void> {
  const data = (name: string) => Buffer.from(new RegExp(`${name}-data"?: "?([A-Za-z0-9+/=]+)`).exec(kubeconfig)?.[1] ?? '', 'base64').toString()
  await mkdir(join(state, 'pki'), { recursive: true })
  const file = join(state, 'pki/kubelet-client-2026-11-23-15-04-05.pem')
  const current = join(state, 'pki/kubelet-client-current.pem')
  await writeFile(file, `${data('client-certificate')}${data('client-key')}`, { mode: 0o600 })
  await symlink(file, current)
  const conf = kubeconfig.replace(
    /(client-certificate|client-key)-data("?: )"?[A-Za-z0-9+/=]+"?/g,
    (_, name: string, colon: string) => `${name}${colon}${JSON.stringify(current)}`,
  )
  assert.doesNotMatch(conf, /client-(certificate|key)-data/)
  await writeFile(join(state, 'kubelet.conf'), conf)
}

test('kubeadm’s flags, configuration, kubeconfig and certificate are taken as they stand; pods run, and what a kubelet needs of them stays', async () => {
  const runtime = await nodeRuntime()
  const root = await mkdtemp(join(tmpdir(), 'kubeadm-'))
  const state = join(root, 'kubelet')
  await mkdir(join(root, 'manifests'), { recursive: true })
  const listen = { host: '127.0.0.1', port: 0 }
  await using controlPlane = await startControlPlane({ stateDirectory: join(root, 'cp'), storage: 'memory', listen, clock: systemClock, log: silentLogger })
  await writeFile(join(root, 'admin.conf'), controlPlane.adminKubeconfig)
  await writeFile(join(root, 'ca.crt'), controlPlane.caPem)
  await identity(state, await controlPlane.nodeKubeconfig(nodeName))
  const written = await readFile(join(import.meta.dirname, '../../config/fixtures/kubeadm-config.yaml'), 'utf8')
  // Where this machine differs: places, and cgroup v1 without systemd.
  const config = written
    .replace('/etc/kubernetes/pki/ca.crt', join(root, 'ca.crt'))
    .replace('/etc/kubernetes/manifests', join(root, 'manifests'))
    .replace('cgroupDriver: systemd', 'cgroupDriver: cgroupfs\nfailCgroupV1: false')
  await writeFile(join(state, 'config.yaml'), config)
  const [, endpoint = ''] = runtime.flags
  const address = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address
  // /var/lib/kubelet/kubeadm-flags.env and 10-kubeadm.conf.
  const kubeconfigArgs = words(`--bootstrap-kubeconfig=${root}/bootstrap-kubelet.conf --kubeconfig=${state}/kubelet.conf`)
  const kubeadmArgs = words(
    `--container-runtime-endpoint=${endpoint} --hostname-override=${nodeName} --node-ip=${address} --pod-infra-container-image=registry.k8s.io/pause:3.10 --cgroup-driver=cgroupfs --network-plugin=cni --resolv-conf=/etc/resolv.conf`,
  )
  const places = words(`--root-dir ${state} --pod-logs-dir ${root}/logs/pods --port 0 --healthz-port 0 --cadvisor-port 0`)
  const kubectl = new Kubectl(join(root, 'admin.conf'))
  try {
    await using podsteward = new Podsteward(['node', ...kubeconfigArgs, `--config=${state}/config.yaml`, ...kubeadmArgs, ...places])
    await podsteward.says(/node agent runs/)
    await kubectl.apply(JSON.stringify(podManifest('web', { nodeName, automountServiceAccountToken: false })))
    const look = () => kubectl.json<Pod>(['get', 'pod', 'web'])
    await waitUntil('a pod to be Ready', async () => condition(await look(), 'Ready')?.status === 'True', { timeoutMs: 60_000, seen: () => podsteward.output })
    assert.ok((await lstat(join(state, 'pki/kubelet-client-current.pem'))).isSymbolicLink())
    assert.equal(
      await readlink(join(state, 'pki/kubelet-client-current.pem')),
      join(state, 'pki/kubelet-client-2026-11-23-15-04-05.pem'),
      'it is good for long',
    )
    assert.equal(await readFile(join(state, 'config.yaml'), 'utf8'), config)
    assert.match(podsteward.output, /--network-plugin has no effect/)
    await podsteward.stop('SIGTERM')
    assert.equal(podsteward.exitCode, 0)
    const rows = await runtime.rows('web')
    assert.deepEqual(
      rows.map(({ runs }) => runs),
      [true, true],
      'a kubelet finds it running',
    )
    const known = new Set(['pki', 'config.yaml', 'kubelet.conf', 'pods', 'plugins', 'plugins_registry', 'podsteward'])
    assert.deepEqual(
      (await readdir(state)).filter((name) => !known.has(name)),
      [],
    )
    for (const { id } of rows.filter(({ isSandbox }) => !isSandbox)) await runtime.kill(id)
  } finally {
    await unmountAll(root, systemMounter)
    await rm(root, { recursive: true, force: true })
  }
})
