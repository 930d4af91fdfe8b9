/** The whole life of pods on a real engine: order, restarts, endings, hooks, last words. All pods are started at once, then each is looked at. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Node, Pod } from '../../src/kube/objects.ts'
import { milliUnits } from '../../src/kube/quantity.ts'
import { busyboxImage } from '../support/images.ts'
import { condition, idle, LiveNode, podManifest, type ShortSpec, statusOf } from '../support/live-node.ts'
import { PodWatch } from '../support/pod-watch.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: LiveNode
let watch: PodWatch
const heard: string[] = []
const listener = createServer((request, response) => {
  heard.push(`${request.url}`)
  response.end('heard')
})

const sh = (script: string) => ['sh', '-c', script]
const marks = { volumes: [{ name: 'marks', emptyDir: {} }] }
const marked = { volumeMounts: [{ name: 'marks', mountPath: '/marks' }] }
const limits = (cpu: string, memory: string) => ({ limits: { cpu, memory }, requests: { cpu, memory } })
/** Fails the first time it runs in the pod. */
const failsOnce = (name: string, then: string) => sh(`[ -e /marks/${name} ] || { touch /marks/${name}; exit 1; }; ${then}`)

/** The pods, by name. Those that never end are deleted by a test or in the end. */
const pods = (hostIp: string, port: number): Record<string, ShortSpec> => ({
  order: {
    ...{ restartPolicy: 'Never', ...marks },
    initContainers: [
      { name: 'i1', command: sh('sleep 1') },
      {
        name: 's',
        restartPolicy: 'Always',
        ...marked,
        command: failsOnce('s', idle[2] ?? ''),
        startupProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
      },
      { name: 'i2', command: ['true'] },
    ],
    containers: [{ ...marked, command: sh('sleep 2') }],
  },
  'init-fails': { restartPolicy: 'Never', initContainers: [{ name: 'i', command: ['false'] }] },
  'init-retries': {
    restartPolicy: 'OnFailure',
    ...marks,
    initContainers: [{ name: 'i', ...marked, command: failsOnce('i', 'true') }],
    containers: [{ command: ['true'] }],
  },
  'always-restarts': { containers: [{ command: ['true'] }] },
  'on-failure': { restartPolicy: 'OnFailure', ...marks, containers: [{ ...marked, command: failsOnce('c', 'exit 0') }] },
  never: {
    restartPolicy: 'Never',
    containers: [
      { name: 'good', command: ['true'] },
      { name: 'bad', command: sh('exit 42') },
    ],
  },
  oom: {
    restartPolicy: 'Never',
    containers: [{ command: sh('head -c 200000000 /dev/zero | tail -c 150000000 >/dev/null; sleep 1; exit 137'), resources: { limits: { memory: '16Mi' } } }],
  },
  'post-start': { containers: [{ lifecycle: { postStart: { exec: { command: sh('echo sorry >&2; exit 3') } } } }] },
  hooks: {
    terminationGracePeriodSeconds: 20,
    containers: [
      { lifecycle: { postStart: { httpGet: { host: hostIp, port, path: '/post-start' } }, preStop: { httpGet: { host: hostIp, port, path: '/pre-stop' } } } },
    ],
  },
  'bad-pre-stop': { terminationGracePeriodSeconds: 5, containers: [{ lifecycle: { preStop: { exec: { command: ['false'] } } } }] },
  'sleep-hooks': {
    terminationGracePeriodSeconds: 20,
    containers: [{ lifecycle: { postStart: { sleep: { seconds: 1 } }, preStop: { sleep: { seconds: 2 } } } }],
  },
  stubborn: { terminationGracePeriodSeconds: 120, containers: [{ command: sh('trap "" TERM; while true; do sleep 1; done') }] },
  forced: { terminationGracePeriodSeconds: 120, containers: [{ command: sh('trap "" TERM; while true; do sleep 1; done') }] },
  deadline: { activeDeadlineSeconds: 8 },
  words: {
    restartPolicy: 'Never',
    containers: [
      { name: 'file', command: sh('printf said > /dev/termination-log') },
      { name: 'custom', terminationMessagePath: '/tmp/last', command: sh('printf elsewhere > /tmp/last') },
      { name: 'user', securityContext: { runAsUser: 65534 }, command: sh('printf nobody > /dev/termination-log') },
      { name: 'log', terminationMessagePolicy: 'FallbackToLogsOnError', command: sh('seq 1000; exit 1') },
      { name: 'no-log', terminationMessagePolicy: 'FallbackToLogsOnError', command: sh('echo fine') },
    ],
  },
  long: { restartPolicy: 'Never', containers: [{ command: sh('yes | head -c 5000 > /dev/termination-log') }] },
  gated: { readinessGates: [{ conditionType: 'example.com/gate' }] },
  debugged: {},
  renewed: { containers: [{ command: ['false'] }] },
  'cannot-run': { restartPolicy: 'Never', containers: [{ command: ['/no/such'] }] },
  'cannot-run-again': { containers: [{ command: ['/no/such'] }] },
  sandbox: {},
  resized: {
    containers: [
      { name: 'c', resources: limits('100m', '32Mi') },
      { name: 'strict', resources: limits('100m', '32Mi'), resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }] },
    ],
  },
  lost: { restartPolicy: 'Never' },
  image: { restartPolicy: 'Never', containers: [{}] },
})

before(async () => {
  node = await LiveNode.start('--apiserver-feature-gates', 'InPlacePodVerticalScaling=true')
  watch = new PodWatch(join(node.state, 'kubeconfig'))
  const self = await node.kubectl.json<Node>(['get', 'node', 'e2e-node'])
  const hostIp = self.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? ''
  await new Promise<void>((resolve) => listener.listen(0, '0.0.0.0', resolve))
  const { port } = listener.address() as AddressInfo
  await node.apply(...Object.entries(pods(hostIp, port)).map(([name, spec]) => podManifest(name, spec)))
})
after(async () => {
  watch?.[Symbol.dispose]()
  listener.close()
  await node?.[Symbol.asyncDispose]()
})

const ended = (name: string) => node.until(name, 'to end', ({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed')
const ready = (name: string) => node.until(name, 'to be Ready', (pod) => condition(pod, 'Ready')?.status === 'True')
const terminated = (pod: Pod, container?: string) => statusOf(pod, container)?.state?.terminated
const gone = (name: string, timeoutMs = 40_000) =>
  waitUntil(`${name} to be gone`, async () => (await node.kubectl.run(['get', 'pod', name])).code !== 0, {
    timeoutMs,
    seen: () => node.pod(name).catch(() => undefined),
  })
const at = (time: string | undefined) => Date.parse(time ?? '')

test('init containers run one by one, a sidecar restarts though the policy is Never and is stopped when the main container is done', async () => {
  const pod = await ended('order')
  assert.equal(pod.status?.phase, 'Succeeded')
  const [i1, s, i2, c] = ['i1', 's', 'i2', 'c'].map((name) => statusOf(pod, name))
  assert.ok(at(i1?.state?.terminated?.finishedAt) <= at(s?.state?.terminated?.startedAt))
  assert.ok(at(s?.state?.terminated?.startedAt) <= at(i2?.state?.terminated?.startedAt))
  assert.ok(at(i2?.state?.terminated?.finishedAt) <= at(c?.state?.terminated?.startedAt))
  assert.equal(s?.restartCount, 1)
  assert.ok(at(s?.state?.terminated?.finishedAt) >= at(c?.state?.terminated?.finishedAt))
  assert.equal(condition(pod, 'Initialized')?.reason, 'PodCompleted')
  const phases = watch.of('order').map(({ status }) => status?.phase)
  assert.deepEqual([...new Set(phases)], ['Pending', 'Running', 'Succeeded'])
})

test('an init container that fails ends the pod under Never, and is tried again under OnFailure', async () => {
  const failed = await ended('init-fails')
  assert.deepEqual(
    [failed.status?.phase, terminated(failed, 'i')?.exitCode, condition(failed, 'Initialized')?.reason],
    ['Failed', 1, 'ContainersNotInitialized'],
  )
  assert.equal(statusOf(failed)?.state?.waiting?.reason, 'PodInitializing')
  const retried = await ended('init-retries')
  assert.deepEqual([retried.status?.phase, statusOf(retried, 'i')?.restartCount, terminated(retried)?.exitCode], ['Succeeded', 1, 0])
})

test('each policy restarts what it should, with exit codes, counts and reasons', async () => {
  const never = await ended('never')
  assert.deepEqual([never.status?.phase, terminated(never, 'good')?.reason, terminated(never, 'bad')?.exitCode], ['Failed', 'Completed', 42])
  const onFailure = await ended('on-failure')
  assert.deepEqual([onFailure.status?.phase, statusOf(onFailure)?.restartCount, statusOf(onFailure)?.lastState?.terminated?.exitCode], ['Succeeded', 1, 1])
  const always = await node.until('always-restarts', 'to back off', (pod) => statusOf(pod)?.state?.waiting?.reason === 'CrashLoopBackOff')
  assert.deepEqual([always.status?.phase, statusOf(always)?.lastState?.terminated?.exitCode], ['Running', 0])
  assert.match(statusOf(always)?.state?.waiting?.message ?? '', /^back-off \d+s restarting failed container=c pod=always-restarts_default\(/)
  const oom = await ended('oom')
  assert.deepEqual([terminated(oom)?.reason, terminated(oom)?.exitCode], ['OOMKilled', 137])
})

test('a command that is not there: RunContainerError while it is tried, and the engine’s reason when that is the end', async () => {
  const never = await ended('cannot-run')
  const [reason, code] = node.runtime.kind === 'docker' ? ['ContainerCannotRun', 127] : ['StartError', 128]
  assert.deepEqual([never.status?.phase, terminated(never)?.reason, terminated(never)?.exitCode], ['Failed', reason, code])
  assert.match(terminated(never)?.message ?? '', /no such file or directory/)
  await node.until('cannot-run-again', 'to wait', (pod) => ['RunContainerError', 'CrashLoopBackOff'].includes(statusOf(pod)?.state?.waiting?.reason ?? ''))
  await node.untilEvent('cannot-run-again', /^Failed: Error: .*no such file or directory/s)
})

test('a pod that is over has its resources freed: no sandbox runs, nothing is mounted, its log can still be read', async () => {
  await ended('never')
  const running = async () => (await node.containers('never')).filter(({ runs }) => runs).map(({ name }) => name)
  await waitUntil('nothing to run', async () => (await running()).length === 0, { seen: running })
  assert.equal(await node.kubectl.ok(['logs', 'words', '-c', 'no-log']).catch(String), 'fine\n')
})

test('a failed postStart kills the container with its event; a failed preStop only warns', async () => {
  await node.untilEvent('post-start', /^FailedPostStartHook: PostStartHook failed$/)
  await node.until('post-start', 'to restart', (pod) => (statusOf(pod)?.restartCount ?? 0) >= 1)
  await ready('bad-pre-stop')
  await node.kubectl.ok(['delete', 'pod', 'bad-pre-stop', '--wait=false'])
  await gone('bad-pre-stop')
  await node.untilEvent('bad-pre-stop', /^FailedPreStopHook: PreStopHook failed$/)
})

test('hooks by httpGet reach a listener on the node, those by sleep take their time', async () => {
  const slept = await ready('sleep-hooks')
  assert.ok(at(condition(slept, 'Ready')?.lastTransitionTime ?? '') - at(statusOf(slept)?.state?.running?.startedAt) >= 1000)
  await ready('hooks')
  const began = performance.now()
  await node.kubectl.ok(['delete', 'pod', 'hooks', 'sleep-hooks', '--wait=false'])
  await gone('hooks')
  assert.deepEqual(heard, ['/post-start', '/pre-stop'])
  await gone('sleep-hooks')
  assert.ok(performance.now() - began >= 2000)
})

test('a second, shorter deletion and a forced one end what will not end', async () => {
  await Promise.all([ready('stubborn'), ready('forced')])
  await node.kubectl.ok(['delete', 'pod', 'stubborn', '--wait=false'])
  await node.kubectl.ok(['delete', 'pod', 'forced', '--force', '--grace-period=0', '--wait=false'])
  await waitUntil('forced to be gone from Docker', async () => (await node.containers('forced')).length === 0, { seen: () => node.containers('forced') })
  assert.equal((await node.pod('stubborn')).metadata?.deletionGracePeriodSeconds, 120)
  await node.kubectl.ok(['delete', 'pod', 'stubborn', '--grace-period=1', '--wait=false'])
  await gone('stubborn')
  assert.equal(terminated(watch.of('stubborn').at(-1) as Pod)?.exitCode, 137)
})

test('activeDeadlineSeconds ends the pod as DeadlineExceeded, once its containers have stopped', async () => {
  const pod = await ended('deadline')
  assert.deepEqual([pod.status?.phase, pod.status?.reason], ['Failed', 'DeadlineExceeded'])
  assert.equal(pod.status?.message, 'Pod was active on the node longer than the specified deadline')
  for (const { status } of watch.of('deadline')) assert.ok(status?.phase !== 'Failed' || !status.containerStatuses?.[0]?.state?.running)
})

test('last words: from the file, from another path, as another user, from the log after a failure only, cut to their limits', async () => {
  const words = await ended('words')
  assert.deepEqual(
    ['file', 'custom', 'user', 'no-log'].map((name) => terminated(words, name)?.message),
    ['said', 'elsewhere', 'nobody', undefined],
  )
  const log = terminated(words, 'log')?.message ?? ''
  // seq's last 80 lines: 79 of four bytes, one of five.
  assert.equal(log, Array.from({ length: 80 }, (_, index) => `${921 + index}\n`).join(''))
  assert.equal(terminated(await ended('long'))?.message?.length, 4096)
})

test('a readiness gate holds the pod until its condition is True', async () => {
  const held = await node.until('gated', 'to have its containers ready', (pod) => condition(pod, 'ContainersReady')?.status === 'True')
  assert.deepEqual([condition(held, 'Ready')?.status, condition(held, 'Ready')?.reason], ['False', 'ReadinessGatesNotReady'])
  const patch = { status: { conditions: [{ type: 'example.com/gate', status: 'True', lastTransitionTime: new Date().toISOString() }] } }
  await node.kubectl.ok(['patch', 'pod', 'gated', '--subresource=status', '--type=strategic', '-p', JSON.stringify(patch)])
  await ready('gated')
})

test('what others write over the node’s status is said again, what is theirs stays', async () => {
  await ready('gated')
  const conditions = [
    { type: 'Ready', status: 'False', reason: 'Odd' },
    { type: 'example.com/other', status: 'True' },
  ]
  await node.kubectl.ok(['patch', 'pod', 'gated', '--subresource=status', '--type=strategic', '-p', JSON.stringify({ status: { conditions } })])
  const pod = await node.until(
    'gated',
    'to be told Ready again',
    (now) => condition(now, 'Ready')?.status === 'True' && condition(now, 'example.com/other') !== undefined,
  )
  assert.equal(condition(pod, 'Ready')?.reason, undefined)
})

test('an ephemeral container runs once beside the others, whose counts stay', async () => {
  await ready('debugged')
  await node.kubectl.ok(['debug', 'debugged', `--image=${busyboxImage}`, '--container=helper', '--', 'sh', '-c', 'echo found; exit 7'])
  const pod = await node.until('debugged', 'to have been debugged', ({ status }) => status?.ephemeralContainerStatuses?.[0]?.state?.terminated !== undefined)
  const [helper] = pod.status?.ephemeralContainerStatuses ?? []
  assert.deepEqual([helper?.name, helper?.state?.terminated?.exitCode, helper?.ready, helper?.restartCount], ['helper', 7, false, 0])
  assert.deepEqual([pod.status?.phase, statusOf(pod)?.restartCount, condition(pod, 'Ready')?.status], ['Running', 0, 'True'])
  assert.equal(await node.logs('debugged', 'helper'), 'found\n')
  await node.kubectl.ok([
    'debug',
    'debugged',
    `--image=${busyboxImage}`,
    '--container=onlooker',
    '--target=c',
    '--',
    'sh',
    '-c',
    'cat /proc/1/cmdline; echo; sleep 600',
  ])
  const seen = async () => (await node.kubectl.run(['logs', 'debugged', '-c', 'onlooker'])).stdout
  await waitUntil('it to see the other’s first process', async () => (await seen()).includes('trap "exit 0" TERM'), { seen })
})

test('another image restarts the container under Never too, at once', async () => {
  await ready('image')
  await node.runtime.tag(busyboxImage, 'podsteward.test/busybox:lifecycle')
  await node.kubectl.ok(['set', 'image', 'pod/image', 'c=podsteward.test/busybox:lifecycle'])
  const pod = await node.until('image', 'to restart', (pod) => statusOf(pod)?.restartCount === 1 && statusOf(pod)?.state?.running !== undefined)
  // containerd tells the first of an image's names, whichever it was run by.
  if (node.runtime.kind === 'docker') assert.equal(statusOf(pod)?.image, 'podsteward.test/busybox:lifecycle')
  await node.untilEvent('image', /^Killing: Container c definition changed, will be restarted$/)
})

test('a pod re-created under its name is another: nothing of the first is in its status, its log or on Docker', async () => {
  const first = await node.until('renewed', 'to fail twice', (pod) => (statusOf(pod)?.restartCount ?? 0) >= 1)
  await node.kubectl.ok(['replace', '--force', '--grace-period=0', '-f', '-'], {
    stdin: JSON.stringify(podManifest('renewed', { containers: [{ command: sh('echo second; sleep 600') }] })),
  })
  const second = await ready('renewed')
  assert.notEqual(second.metadata?.uid, first.metadata?.uid)
  assert.deepEqual([statusOf(second)?.restartCount, statusOf(second)?.lastState], [0, {}])
  const uids = async () => [...new Set((await node.containers('renewed')).map(({ uid }) => uid))]
  await waitUntil('the first to be gone from Docker', async () => (await uids()).join() === second.metadata?.uid, { seen: uids })
  assert.equal(await node.kubectl.ok(['logs', 'renewed']), 'second\n')
})

test('resources change in place, or by a restart where the policy says so; what the node can never give is infeasible', async () => {
  await ready('resized')
  const resize = (...containers: object[]) =>
    node.kubectl.ok(['patch', 'pod', 'resized', '--subresource=resize', '-p', JSON.stringify({ spec: { containers } })])
  await resize({ name: 'c', resources: limits('200m', '64Mi') })
  const settings = async () => node.runtime.resources((await node.container('resized')).id)
  await waitUntil('Docker to be told', async () => (await settings()).memoryLimitBytes === 64 * 1024 * 1024, { seen: settings })
  assert.deepEqual([(await settings()).cpuQuota, (await settings()).cpuShares], [20_000, 204])
  const pod = await node.until('resized', 'to be resized', (pod) => statusOf(pod)?.resources?.limits?.memory === '64Mi' && pod.status?.resize === undefined)
  assert.deepEqual([statusOf(pod)?.restartCount, statusOf(pod)?.allocatedResources?.cpu], [0, '200m'])
  await resize({ name: 'strict', resources: limits('100m', '48Mi') })
  await node.until(
    'resized',
    'to restart strict',
    (pod) => statusOf(pod, 'strict')?.restartCount === 1 && statusOf(pod, 'strict')?.resources?.limits?.memory === '48Mi',
  )
  await node.untilEvent('resized', /^Killing: Container strict resize requires restart$/)
  await resize({ name: 'c', resources: limits('900', '64Mi') })
  await node.until('resized', 'to be infeasible', ({ status }) => status?.resize === 'Infeasible')
  assert.equal((await settings()).cpuQuota, 20_000)
  await makeRoomAfterwards(resize)
  const refused = await node.kubectl.run([
    'patch',
    'pod',
    'resized',
    '--subresource=resize',
    '-p',
    JSON.stringify({ spec: { containers: [{ name: 'c', resources: { requests: { cpu: '1m' } } }] } }),
  ])
  assert.match(refused.stderr, /Pod QOS Class may not change as a result of resizing/)
})

/** A resize that another pod leaves no room for waits until that one goes. */
async function makeRoomAfterwards(resize: (...containers: object[]) => Promise<string>): Promise<void> {
  const { status } = await node.kubectl.json<Node>(['get', 'node', 'e2e-node'])
  const spare = milliUnits(status?.allocatable?.cpu ?? '0') - 1000
  await node.ready('hog', { containers: [{ resources: { requests: { cpu: `${spare}m` } } }] })
  await resize({ name: 'c', resources: limits('1200m', '64Mi') })
  const pod = await node.until('resized', 'to be deferred', ({ status }) => status?.resize === 'Deferred')
  assert.equal(statusOf(pod)?.allocatedResources?.cpu, '200m')
  await node.kubectl.ok(['delete', 'pod', 'hog'])
  await node.until('resized', 'to be resized', (pod) => statusOf(pod)?.allocatedResources?.cpu === '1200m' && pod.status?.resize === undefined)
}

test('a sandbox that dies is made anew with all in it', async () => {
  const before = await ready('sandbox')
  await node.runtime.kill((await node.container('sandbox', 'POD')).id)
  const pod = await node.until('sandbox', 'to be Ready again', (pod) => statusOf(pod)?.restartCount === 1 && condition(pod, 'Ready')?.status === 'True')
  assert.notEqual(statusOf(pod)?.containerID, statusOf(before)?.containerID)
  await node.untilEvent('sandbox', /^SandboxChanged: Pod sandbox changed, it will be killed and re-created\.$/)
})

test('one that is removed behind the node’s back under Never has failed with 137', async () => {
  await ready('lost')
  await node.runtime.remove((await node.container('lost')).id)
  const pod = await ended('lost')
  assert.deepEqual([pod.status?.phase, terminated(pod)?.exitCode], ['Failed', 137])
})

test('another agent tells the same story: counts, times, backoffs and last words stay', async () => {
  const names = ['gated', 'always-restarts', 'words', 'order', 'debugged', 'resized']
  const before = await Promise.all(names.map((name) => node.pod(name)))
  await node.restart()
  await node.kubectl.ok(['wait', '--for=condition=Ready', 'node/e2e-node', '--timeout=60s'])
  await node.ready('afterwards', {})
  for (const [index, name] of names.entries()) {
    const [old, now] = [before[index]?.status, (await node.pod(name)).status]
    assert.deepEqual([now?.phase, now?.startTime], [old?.phase, old?.startTime], name)
    // It may have run once more meanwhile.
    if (name === 'always-restarts') assert.ok((now?.containerStatuses?.[0]?.restartCount ?? 0) >= (old?.containerStatuses?.[0]?.restartCount ?? 0))
    else
      assert.deepEqual(
        [now?.conditions, now?.containerStatuses, now?.initContainerStatuses],
        [old?.conditions, old?.containerStatuses, old?.initContainerStatuses],
        name,
      )
  }
})

test('in all of this no watcher saw a phase reverse, a count go back, or a time move without a change', () => {
  assert.deepEqual(watch.faults(), [])
})
