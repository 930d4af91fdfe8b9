/** A node that runs short of processes, disk or memory, on a real engine: the pod that takes most goes, its neighbour runs on, the node recovers. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { CoreEvent, Node, Pod } from '../../src/kube/objects.ts'
import { condition, idle, LiveNode, type ShortSpec } from '../support/live-node.ts'
import { waitUntil } from '../support/wait-until.ts'

const run = promisify(execFile)
const mebi = 1024 ** 2
const script = (text: string) => ['sh', '-c', text]

// Each hog drives one signal; nothing else on this machine reaches its threshold.
const hogs: Readonly<Record<string, ShortSpec>> = {
  forks: { containers: [{ command: script('for i in $(seq 1500); do sleep 600 & done; wait') }] },
  writes: {
    containers: [{ command: script(`dd if=/dev/zero of=/x/file bs=1M count=90 2>/dev/null; ${idle[2]}`), volumeMounts: [{ name: 'x', mountPath: '/x' }] }],
    volumes: [{ name: 'x', emptyDir: {} }],
  },
  // tail holds what it was given until its input ends.
  fills: { containers: [{ command: script(`(head -c ${350 * mebi} /dev/zero; sleep 600) | tail -c ${350 * mebi} >/dev/null`) }] },
}

const directory = await mkdtemp(join(tmpdir(), 'small-disk-'))
let node: LiveNode
before(async () => {
  // The node's own disk, so that no other process fills it.
  await run('mount', ['-t', 'tmpfs', '-o', 'size=128m', 'small-disk', directory])
  process.env.TMPDIR = directory
  const thresholds = { 'memory.available': '100Mi', 'nodefs.available': '40%', 'pid.available': String((await processesLeft()) - 700) }
  node = await LiveNode.start(
    ...['--volume-stats-agg-period', '2s', '--node-status-update-frequency', '1s', '--eviction-pressure-transition-period', '2s'],
    ...[
      '--eviction-hard',
      Object.entries(thresholds)
        .map((each) => each.join('<'))
        .join(','),
    ],
    // Pods together may use 400Mi, of which the threshold keeps 100Mi back.
    ...['--system-reserved', `memory=${totalmem() - 400 * mebi}`],
  )
  const requests = { memory: '32Mi', 'ephemeral-storage': '16Mi' }
  await node.ready('neighbour', { containers: [{ command: idle, resources: { requests } }] })
})
after(async () => {
  await node?.[Symbol.asyncDispose]()
  await run('umount', [directory])
  await rm(directory, { recursive: true })
})

async function processesLeft(): Promise<number> {
  const read = async (name: string) => (await readFile(join('/proc', name), 'utf8')).trim()
  const limits = await Promise.all(['sys/kernel/pid_max', 'sys/kernel/threads-max'].map(read))
  return Math.min(...limits.map(Number)) - Number((await read('loadavg')).split(/[ /]/)[4])
}

async function until(type: string, wanted: string): Promise<void> {
  const holds = async () =>
    (await node.kubectl.json<Node>(['get', 'node', 'e2e-node'])).status?.conditions?.find((each) => each.type === type)?.status === wanted
  await waitUntil(`${type} ${wanted}`, holds, { timeoutMs: 30_000 })
}

/** Runs the hog until it is evicted, and waits until the node is well again. */
async function evicted(name: string, type: string): Promise<Pod> {
  await node.run(name, hogs[name] ?? {})
  const pod = await node.until(name, 'to be evicted', ({ status }) => status?.phase === 'Failed', 60_000)
  const well = async () =>
    (await node.kubectl.json<Node>(['get', 'node', 'e2e-node'])).status?.conditions?.find((each) => each.type === type)?.status === 'False'
  await waitUntil(`no ${type}`, well, { timeoutMs: 30_000 })
  assert.equal(pod.status?.reason, 'Evicted')
  assert.equal(condition(pod, 'DisruptionTarget')?.reason, 'TerminationByKubelet')
  assert.equal(condition(pod, 'DisruptionTarget')?.message, pod.status?.message)
  return pod
}

const annotationsOf = async (name: string) => {
  const events = await node.kubectl.json<{ items: CoreEvent[] }>(['get', 'events', '--field-selector', `involvedObject.name=${name},reason=Evicted`])
  return events.items[0]?.metadata.annotations
}

test('short of processes, the pod with most of them goes', async () => {
  const { status } = await evicted('forks', 'PIDPressure')
  assert.match(status?.message ?? '', /^The node was low on resource: pids\. Threshold quantity: \d+k?, available: \d+k?\. $/)
  await node.untilEvent('e2e-node', /^EvictionThresholdMet: Attempting to reclaim pids$/)
  await node.untilEvent('e2e-node', /^NodeHasInsufficientPID: /)
  await node.untilEvent('e2e-node', /^NodeHasSufficientPID: /)
})

test('short of disk, what ended pods left goes before any pod that runs', async () => {
  const writing = (mebis: number, then: string): ShortSpec => ({
    containers: [{ command: script(`dd if=/dev/zero of=/x/file bs=1M count=${mebis} 2>/dev/null; ${then}`), volumeMounts: [{ name: 'x', mountPath: '/x' }] }],
    volumes: [{ name: 'x', emptyDir: {} }],
  })
  const { status: before } = await node.ended('done', writing(60, 'exit 0'))
  await node.run('late', writing(30, idle[2] ?? ''))
  await waitUntil('nothing to be left of the ended pod', async () => (await node.containers('done')).length === 0, { timeoutMs: 30_000 })
  await until('DiskPressure', 'False')
  assert.equal((await node.pod('late')).status?.phase, 'Running')
  const { status } = await node.pod('done')
  assert.deepEqual([status?.phase, status?.containerStatuses], ['Succeeded', before?.containerStatuses])
  await node.kubectl.run(['delete', 'pod', 'late', 'done', '--grace-period=1'])
})

test('short of disk, the pod that wrote most goes, and what it wrote with it', async () => {
  const { status } = await evicted('writes', 'DiskPressure')
  assert.match(
    status?.message ?? '',
    /^The node was low on resource: ephemeral-storage\. Threshold quantity: \w+, available: \w+\. (Container c was using .*)?$/,
  )
  assert.equal((await annotationsOf('writes'))?.starved_resource, 'ephemeral-storage')
  await node.untilEvent('e2e-node', /^NodeHasNoDiskPressure: /)
})

test('short of memory, the pod that uses most beyond its request goes, and is told how much', async () => {
  const { status } = await evicted('fills', 'MemoryPressure')
  assert.match(
    status?.message ?? '',
    /^The node was low on resource: memory\. Threshold quantity: 100Mi, available: \w+\. Container c was using 3\d+\w+, request is 0, has larger consumption of memory\. $/,
  )
  const annotations = await annotationsOf('fills')
  assert.equal(annotations?.offending_containers, 'c')
  assert.match(annotations?.offending_containers_usage ?? '', /^3\d+/)
})

test('the neighbour, within its requests, never stopped', async () => {
  const { status } = await node.pod('neighbour')
  assert.deepEqual([status?.phase, status?.containerStatuses?.[0]?.restartCount], ['Running', 0])
})
