/** The disk of the root directory becomes read-only, or full, under pods on real Docker: pods and node say so, and all goes on when it is back. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import Docker from 'dockerode'
import { startAgent } from '../../src/agent/agent.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { writeFile } from '../../src/cli/controlplane.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'
import { startControlPlane } from '../../src/controlplane/start.ts'
import type { CoreEvent, Node, Pod } from '../../src/kube/objects.ts'
import { removeTree } from '../../src/volumes/tree/remove.ts'
import { startDockerd, type TestDockerd } from '../support/dockerd.ts'
import { busyboxImage, ensureBusybox } from '../support/images.ts'
import { Kubectl } from '../support/kubectl.ts'
import { smallDisk } from '../support/small-disk.ts'
import { waitUntil } from '../support/wait-until.ts'

let docker: Docker
let daemon: TestDockerd
let root: string
let controlPlane: Awaited<ReturnType<typeof startControlPlane>>
let kubectl: Kubectl

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'disk-failure-'))
  // An engine of its own: a node whose disk is full removes images.
  daemon = await startDockerd({ root: join(root, 'docker'), beside: true })
  docker = new Docker({ socketPath: daemon.socketPath })
  await ensureBusybox(daemon.socketPath)
  controlPlane = await startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: silentLogger })
  kubectl = new Kubectl(writeFile(root, 'admin', controlPlane.adminKubeconfig))
})
after(async () => {
  await controlPlane?.[Symbol.asyncDispose]()
  await daemon?.[Symbol.asyncDispose]()
  await removeTree(root)
})

/** An agent whose root directory lies on a disk of its own. */
async function nodeOnDisk(t: TestContext, name: string, evictionHard: string) {
  const directory = await mkdtemp(join(root, `${name}-`))
  const disk = await smallDisk(directory, 64)
  const rootDir = join(disk.path, 'node')
  const config = resolveAgentConfig({
    kubeconfig: writeFile(directory, 'node.kubeconfig', await controlPlane.nodeKubeconfig(name)),
    hostnameOverride: name,
    rootDir,
    podLogsDir: join(disk.path, 'logs'),
    dockerEndpoint: `unix://${daemon.socketPath}`,
    actorThreads: '1',
    nodeStatusUpdateFrequency: '1s',
    evictionPressureTransitionPeriod: '2s',
    evictionHard,
  })
  const agent = await startAgent(config, { clock: systemClock, log: silentLogger })
  t.after(async () => {
    await disk.writable()
    await kubectl.run(['delete', 'pods', '--all', '--timeout=40s', '--grace-period=1'])
    await agent[Symbol.asyncDispose]()
    await disk[Symbol.asyncDispose]()
  })
  await kubectl.ok(['wait', '--for=create', `node/${name}`, '--timeout=60s'])
  await kubectl.ok(['wait', '--for=condition=Ready', `node/${name}`, '--timeout=60s'])
  const apply = (pod: string) =>
    kubectl.apply(
      JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: pod } },
        spec: {
          ...{ nodeName: name, hostNetwork: true, terminationGracePeriodSeconds: 1, tolerations: [{ operator: 'Exists' }] },
          containers: [{ name: 'c', image: busyboxImage, command: ['sleep', '1000'] }],
        },
      }),
    )
  const ready = (pod: string) => kubectl.ok(['wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=60s'])
  const condition = async (type: string) => (await kubectl.json<Node>(['get', 'node', name])).status?.conditions?.find((each) => each.type === type)
  const untilCondition = (type: string, status: string) =>
    waitUntil(`${type} to be ${status}`, async () => (await condition(type))?.status === status, { timeoutMs: 40_000, seen: () => condition(type) })
  return { disk, rootDir, apply, ready, condition, untilCondition }
}

const events = async (pod: string): Promise<CoreEvent[]> =>
  (await kubectl.json<{ items: CoreEvent[] }>(['get', 'events', '--field-selector', `involvedObject.name=${pod}`])).items
const untilEvent = (pod: string, reason: string, part: string) =>
  waitUntil(`${reason} of ${pod}`, async () => (await events(pod)).some((each) => each.reason === reason && each.message?.includes(part)), {
    timeoutMs: 40_000,
    seen: () => events(pod),
  })
const containersOf = (pod: string) => docker.listContainers({ all: true, filters: { label: [`io.kubernetes.pod.name=${pod}`] } })

test('a root directory that becomes read-only is told by the node and by each pod that it keeps, once; all goes on when it can be written', async (t) => {
  const { disk, rootDir, apply, ready, condition, untilCondition } = await nodeOnDisk(t, 'read-only', 'memory.available<1Mi')
  for (const pod of ['runs', 'goes']) await apply(pod)
  for (const pod of ['runs', 'goes']) await ready(pod)
  const { uid = '' } = (await kubectl.json<Pod>(['get', 'pod', 'goes'])).metadata ?? {}
  await disk.readOnly()

  await untilCondition('Ready', 'False')
  const why = 'cannot be written: EROFS: read-only file system'
  assert.equal((await condition('Ready'))?.message, `root directory ${rootDir} ${why}, pod logs directory ${join(disk.path, 'logs')} ${why}`)
  await apply('late')
  await untilEvent('late', 'Failed', `error making pod data directories: EROFS: read-only file system, mkdir '${rootDir}/pods/`)
  const [main] = await docker.listContainers({ filters: { label: ['io.kubernetes.pod.name=runs', 'io.kubernetes.container.name=c'] } })
  await docker.getContainer(main?.Id ?? '').kill({ signal: 'SIGKILL' })
  await untilEvent('runs', 'Failed', `Error: EROFS: read-only file system, open '${rootDir}/pods/`)
  await kubectl.ok(['delete', 'pod', 'goes', '--wait=false'])
  await untilEvent('goes', 'FailedKillPod', 'error killing pod: EROFS: read-only file system, ')
  await waitUntil('its containers to be gone', async () => (await containersOf('goes')).length === 0)
  // Tried again and again: counted in one event.
  await waitUntil('another try', async () => (await events('runs')).some((each) => each.reason === 'Failed' && (each.count ?? 1) > 1), { timeoutMs: 40_000 })
  assert.equal((await events('late')).filter(({ reason }) => reason === 'Failed').length, 1)
  const pulled = (await events('runs')).filter(({ reason }) => reason === 'Pulled').reduce((sum, { count = 1 }) => sum + count, 0)
  assert.equal(pulled, 2, 'of the first start and of the restart, not of each try')

  await disk.writable()
  await untilCondition('Ready', 'True')
  await ready('late')
  await waitUntil('the restart', async () => (await kubectl.json<Pod>(['get', 'pod', 'runs'])).status?.containerStatuses?.[0]?.restartCount === 1, {
    timeoutMs: 40_000,
  })
  await ready('runs')
  await kubectl.ok(['wait', '--for=delete', 'pod/goes', '--timeout=40s'])
  assert.equal(existsSync(join(rootDir, 'pods', uid)), false)
})

test('a full root directory is told with ENOSPC by a pod that has no room, which comes up when there is some', async (t) => {
  const { disk, apply, ready } = await nodeOnDisk(t, 'full', 'memory.available<1Mi')
  await disk.fill()
  await apply('no-room')
  await untilEvent('no-room', 'Failed', 'ENOSPC: no space left on device')
  await rm(join(disk.path, 'filler'))
  await ready('no-room')
})

test('a full root directory is disk pressure, which is over when there is room', async (t) => {
  const { disk, apply, ready, untilCondition } = await nodeOnDisk(t, 'pressed', 'nodefs.available<10%')
  await apply('first')
  await ready('first')
  await disk.fill()
  await untilCondition('DiskPressure', 'True')
  await rm(join(disk.path, 'filler'))
  await untilCondition('DiskPressure', 'False')
  await apply('second')
  await ready('second')
})
