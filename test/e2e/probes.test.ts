/** Probes of every kind on a real engine. All pods are started at once, then each is looked at. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Node, Pod } from '../../src/kube/objects.ts'
import { condition, idle, LiveNode, podManifest, type ShortSpec, statusOf } from '../support/live-node.ts'
import { PodWatch } from '../support/pod-watch.ts'
import { ProbedServers } from '../support/probed-servers.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: LiveNode
let watch: PodWatch
let servers: ProbedServers

const sh = (script: string) => ['sh', '-c', script]
const exec = (script: string) => ({ exec: { command: sh(script) } })
const often = { periodSeconds: 1, failureThreshold: 1 }
/** One that is to pass must pass on a busy machine too. */
const patient = { periodSeconds: 2, timeoutSeconds: 15 }
const stubborn = sh('trap "" TERM; while true; do sleep 1; done')

/** The pods, by name. httpGet and tcpSocket go to servers on the node, gRPC too: its probe has no host, so that pod uses the node's network. */
function pods(host: string, ports: ProbedServers['ports']): Record<string, ShortSpec> {
  const http = (path: string, more = {}) => ({ httpGet: { host, port: ports.http, path, ...more }, ...often })
  const grpc = (service?: string) => ({ grpc: { port: ports.grpc, ...(service ? { service } : {}) }, ...often, timeoutSeconds: 15 })
  const one = (container: object): ShortSpec => ({ containers: [container] })
  return {
    healthy: one({ livenessProbe: { ...exec('true'), ...patient }, readinessProbe: { ...exec('true'), ...patient } }),
    ill: one({ livenessProbe: { ...exec('echo ill; exit 1'), ...often } }),
    'http-well': one({
      livenessProbe: http('/well?who=live', { httpHeaders: [{ name: 'X-Probe', value: 'mine' }] }),
      readinessProbe: http('/moved', {
        httpHeaders: [
          { name: 'User-Agent', value: 'other' },
          { name: 'Accept', value: '' },
          { name: 'Host', value: 'a.example' },
        ],
      }),
    }),
    'https-well': one({ readinessProbe: { httpGet: { host, port: ports.https, path: '/secure', scheme: 'HTTPS' }, ...often } }),
    'http-ill': one({ readinessProbe: http('/ill') }),
    'http-away': one({ readinessProbe: http('/away') }),
    'http-hangs': one({ livenessProbe: http('/hang') }),
    'exec-hangs': one({ livenessProbe: { ...exec('sleep 1000'), ...often } }),
    'tcp-well': one({ readinessProbe: { tcpSocket: { host, port: ports.http }, ...often } }),
    // Nothing listens on the pod's own port 9.
    'tcp-ill': one({ ports: [{ name: 'discard', containerPort: 9 }], livenessProbe: { tcpSocket: { port: 'discard' }, ...often } }),
    'grpc-well': { hostNetwork: true, containers: [{ livenessProbe: grpc(), readinessProbe: grpc('well') }] },
    'grpc-ill': { hostNetwork: true, containers: [{ readinessProbe: grpc('sick') }] },
    own: one({
      ports: [{ name: 'web', containerPort: 8080 }],
      command: sh('mkdir /w; echo hi > /w/index.html; httpd -f -p 8080 -h /w'),
      readinessProbe: { httpGet: { port: 'web' }, ...often },
    }),
    startup: one({
      command: sh('sleep 3; touch /tmp/started; while true; do sleep 1; done'),
      startupProbe: { ...exec('cat /tmp/started'), periodSeconds: 1, failureThreshold: 60 },
      livenessProbe: { ...exec('cat /tmp/started'), ...patient },
      readinessProbe: { ...exec('cat /tmp/started'), ...often },
    }),
    'startup-fails': one({ startupProbe: { ...exec('false'), periodSeconds: 1, failureThreshold: 2 } }),
    'own-grace': {
      terminationGracePeriodSeconds: 300,
      containers: [{ command: stubborn, livenessProbe: { ...exec('false'), ...often, terminationGracePeriodSeconds: 1 } }],
    },
    thresholds: one({
      command: sh('touch /tmp/ok; while true; do sleep 1; done'),
      readinessProbe: { ...exec('cat /tmp/ok'), periodSeconds: 1, successThreshold: 3, failureThreshold: 2 },
    }),
    delayed: one({ readinessProbe: { ...exec('true'), ...often, initialDelaySeconds: 4 } }),
    ending: {
      terminationGracePeriodSeconds: 20,
      containers: [
        {
          command: idle,
          lifecycle: { preStop: { exec: { command: sh('touch /tmp/ending; sleep 10') } } },
          readinessProbe: { ...exec('[ ! -e /tmp/ending ]'), ...often },
        },
      ],
    },
    never: { restartPolicy: 'Never', containers: [{ livenessProbe: { ...exec('false'), ...often } }] },
    'no-command': one({ readinessProbe: { exec: { command: ['/no/such/command'] }, ...often } }),
    sidecar: {
      initContainers: [
        {
          name: 's',
          restartPolicy: 'Always',
          command: idle,
          startupProbe: { ...exec('true'), ...often },
          livenessProbe: { ...exec('false'), ...often, initialDelaySeconds: 2 },
        },
      ],
    },
  }
}

before(async () => {
  node = await LiveNode.start()
  servers = await ProbedServers.start({ '': 1, well: 1, sick: 2 })
  watch = new PodWatch(join(node.state, 'kubeconfig'))
  const self = await node.kubectl.json<Node>(['get', 'node', 'e2e-node'])
  const host = self.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? ''
  await node.apply(...Object.entries(pods(host, servers.ports)).map(([name, spec]) => podManifest(name, spec)))
})
after(async () => {
  watch?.[Symbol.dispose]()
  await node?.[Symbol.asyncDispose]()
  await servers?.[Symbol.asyncDispose]()
})

const ready = (name: string) => node.until(name, 'to be Ready', (pod) => condition(pod, 'Ready')?.status === 'True')
const unready = (name: string) =>
  node.until(name, 'to run and not be Ready', (pod) => pod.status?.phase === 'Running' && condition(pod, 'Ready')?.status === 'False')
const restarted = (name: string, times = 1, container = 'c') =>
  node.until(name, `to restart ${times} times`, (pod) => (statusOf(pod, container)?.restartCount ?? 0) >= times)
const at = (time: string | undefined) => Date.parse(time ?? '')

test('a failed liveness probe restarts the container, with the kubelet’s events and a count that rises', async () => {
  const pod = await restarted('ill', 2)
  assert.equal(statusOf(pod)?.lastState?.terminated?.exitCode, 0)
  await node.untilEvent('ill', /^Unhealthy: Liveness probe failed: ill\n$/)
  await node.untilEvent('ill', /^Killing: Container c failed liveness probe, will be restarted$/)
  const counts = watch.of('ill').map((each) => statusOf(each)?.restartCount ?? 0)
  assert.deepEqual(
    counts,
    counts.toSorted((a, b) => a - b),
  )
})

test('HTTP: headers, query and redirects as the kubelet sends and takes them', async () => {
  await ready('http-well')
  await waitUntil('the liveness probe to ask', () => servers.asked.has('/well?who=live'), { seen: () => [...servers.asked] })
  const [live] = servers.asked.get('/well?who=live') ?? []
  assert.match(live ?? '', /^kube-probe\/1\.32 \*\/\* [\d.]+:\d+ mine$/)
  assert.equal(servers.asked.get('/moved')?.[0], 'other undefined a.example undefined')
  assert.ok(servers.asked.has('/found'))
  await ready('http-away')
  await node.untilEvent('http-away', /^ProbeWarning: Readiness probe warning: Probe terminated redirects, Response body: over there$/)
  await unready('http-ill')
  await node.untilEvent('http-ill', /^Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500$/)
})

test('HTTPS does not verify; a named port is the container’s own; the host is the pod’s IP by default', async () => {
  await Promise.all([ready('https-well'), ready('own')])
})

test('TCP passes on a connection and fails on a refusal', async () => {
  await ready('tcp-well')
  await restarted('tcp-ill')
  await node.untilEvent('tcp-ill', /^Unhealthy: Liveness probe failed: dial tcp [\d.]+:9: connect: connection refused$/)
})

test('gRPC passes on SERVING, of the whole server and of one service', async () => {
  const pod = await ready('grpc-well')
  assert.equal(statusOf(pod)?.restartCount, 0)
  await unready('grpc-ill')
  await node.untilEvent('grpc-ill', /^Unhealthy: Readiness probe failed: service unhealthy \(responded with "NOT_SERVING"\)$/)
})

test('a probe that hangs fails after its timeout, and leaves no process behind', async () => {
  await Promise.all([restarted('http-hangs'), restarted('exec-hangs')])
  await node.untilEvent('exec-hangs', /^Unhealthy: Liveness probe failed: command timed out/)
  await node.untilEvent('http-hangs', /^Unhealthy: Liveness probe failed: Get "http:.*\/hang": context deadline exceeded/)
  const sleepers = async () => (await node.sh('exec-hangs', 'ps | grep -c "[s]leep 1000"')).output
  await waitUntil('at most one sleep', async () => Number(await sleepers()) <= 1, { seen: sleepers })
})

test('the startup probe holds the others back; once it passes they begin', async () => {
  const pod = await ready('startup')
  assert.equal(statusOf(pod)?.restartCount, 0)
  for (const each of watch.of('startup')) if (statusOf(each)?.ready) assert.equal(statusOf(each)?.started, true)
  assert.ok(watch.of('startup').some((each) => statusOf(each)?.state?.running && statusOf(each)?.started === false))
  await restarted('startup-fails')
  await node.untilEvent('startup-fails', /^Killing: Container c failed startup probe, will be restarted$/)
})

test('a probe’s own grace takes the place of the pod’s', async () => {
  const pod = await restarted('own-grace')
  assert.equal(statusOf(pod)?.lastState?.terminated?.exitCode, 137)
})

test('thresholds and initial delays', async () => {
  const pod = await ready('thresholds')
  const took = at(condition(pod, 'Ready')?.lastTransitionTime) - at(statusOf(pod)?.state?.running?.startedAt)
  assert.ok(took >= 1000, `three successes take two periods, not ${took} ms`)
  await node.sh('thresholds', 'rm /tmp/ok')
  const ill = await unready('thresholds')
  assert.equal(statusOf(ill)?.restartCount, 0)
  const delayed = await ready('delayed')
  assert.ok(at(condition(delayed, 'Ready')?.lastTransitionTime) - at(statusOf(delayed)?.state?.running?.startedAt) >= 4000)
})

test('readiness goes on while the pod ends', async () => {
  await ready('ending')
  await node.kubectl.ok(['delete', 'pod', 'ending', '--wait=false'])
  const unreadyAndRunning = (pod: Pod) => pod.metadata?.deletionTimestamp !== undefined && statusOf(pod)?.state?.running !== undefined && !statusOf(pod)?.ready
  await waitUntil('it to be told unready while it still runs', () => watch.of('ending').some(unreadyAndRunning), {
    seen: () => watch.of('ending').at(-1)?.status,
  })
})

test('under Never a failed liveness probe ends the pod; the message says nothing of a restart', async () => {
  const pod = await node.until('never', 'to end', ({ status }) => status?.phase === 'Failed' || status?.phase === 'Succeeded')
  assert.equal(statusOf(pod)?.restartCount, 0)
  await node.untilEvent('never', /^Killing: Container c failed liveness probe$/)
})

test('a command that is not there fails the probe', async () => {
  await unready('no-command')
  await node.untilEvent('no-command', /^Unhealthy: Readiness probe failed: .*no such file or directory/s)
})

test('a sidecar has probes of its own', async () => {
  const pod = await restarted('sidecar', 1, 's')
  assert.equal(statusOf(pod)?.restartCount, 0)
  await node.untilEvent('sidecar', /^Killing: Init container s failed liveness probe$/)
})

test('what is healthy was never restarted, and no status flapped', async () => {
  const pod = await ready('healthy')
  assert.equal(statusOf(pod)?.restartCount, 0)
  assert.deepEqual(watch.faults(), [])
})
