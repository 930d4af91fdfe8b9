import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Cluster, startCluster, WaitError } from '../../src/harness/harness.ts'

interface Stuck {
  readonly on: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly metadata?: object
  readonly spec?: object
  readonly container?: object
  readonly before?: (cluster: Cluster) => Promise<unknown>
  readonly awaited?: string
  /** What the first line says after the time-out. */
  readonly says: RegExp
  /** How long it is stuck; two minutes unless said. Pods of nodes that do not exist are collected after 40 s. */
  readonly passes?: '20s'
  /** What is somewhere in the rest. */
  readonly tells?: RegExp
}

const cases: readonly Stuck[] = [
  {
    on: 'a pull that is refused',
    annotations: { 'pull-error': 'unauthorized' },
    says: /^container app waiting \((ErrImagePull|ImagePullBackOff), .*authentication required/,
    tells: /Failed to pull image "a:1": .*authentication required/,
  },
  { on: 'a pull that takes long', annotations: { 'pull-delay': '1h' }, says: /^Pulling: Pulling image "a:1"$/ },
  { on: 'no room', container: { resources: { requests: { cpu: '500' } } }, says: /^it is not scheduled: 0\/1 nodes are available: 1 Insufficient cpu/ },
  { on: 'no fitting node', spec: { nodeSelector: { disk: 'ssd' } }, says: /^it is not scheduled: .*didn't match Pod's node affinity\/selector/ },
  { on: 'a node that does not exist', spec: { nodeName: 'nowhere' }, passes: '20s', says: /^there is no node nowhere$/ },
  {
    on: 'a node that is gone',
    before: async (cluster) => {
      await cluster.node(0).crash()
      await cluster.clock.advance('1m')
    },
    awaited: 'Deleted',
    says: /^its node node-0 is not Ready: NodeStatusUnknown, Kubelet stopped posting node status\.$/,
  },
  {
    on: 'a readiness probe',
    annotations: { probe: 'failure' },
    container: { readinessProbe: { httpGet: { port: 80 } } },
    says: /^container app is not ready: Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500$/,
  },
  {
    on: 'a startup probe that has not run yet',
    container: { startupProbe: { httpGet: { port: 80 }, initialDelaySeconds: 3600 } },
    says: /^container app is not ready, not even started: no probe has succeeded yet$/,
  },
  {
    on: 'a configMap that is missing',
    spec: { volumes: [{ name: 'conf', configMap: { name: 'missing' } }] },
    container: { volumeMounts: [{ name: 'conf', mountPath: '/c' }] },
    says: /^FailedMount: .*configmap "missing" not found$/,
  },
  {
    on: 'a claim that is missing',
    spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] },
    container: { volumeMounts: [{ name: 'data', mountPath: '/d' }] },
    says: /^it is not scheduled: 0\/1 nodes are available: persistentvolumeclaim "data" not found\. /,
  },
  {
    on: 'a secret of its environment that is missing',
    container: { envFrom: [{ secretRef: { name: 'login' } }] },
    says: /^container app waiting \(CreateContainerConfigError, secret "login" not found\)/,
  },
  {
    on: 'crashes',
    annotations: { 'exit-after': '1s', 'exit-code': '3' },
    says: /^container app waiting \(CrashLoopBackOff, back-off 1m20s .*4 restarts, it ended last \(Error, exit code 3\)$/,
    tells: /BackOff: Back-off restarting failed container app in pod \S+ \(\d times\)/,
  },
  { on: 'want of memory', annotations: { 'oom-after': '1s' }, says: /CrashLoopBackOff.*it ended last \(OOMKilled, exit code 137\)$/ },
  {
    on: 'an init container',
    annotations: { 'exit-after.wait': 'never' },
    spec: { initContainers: [{ name: 'wait', image: 'a:1' }] },
    says: /^init container wait has not ended$/,
  },
  { on: 'a readiness gate', spec: { readinessGates: [{ conditionType: 'example.org/ok' }] }, says: /readiness gate "example\.org\/ok" does not exist\.$/ },
  { on: 'a sandbox', annotations: { 'sandbox-error': 'no address left' }, says: /^FailedCreatePodSandBox: .*no address left$/ },
  {
    on: 'its own end',
    spec: { restartPolicy: 'Never' },
    annotations: { 'exit-after': '1s', 'exit-code': '2' },
    says: /^it has ended: Failed$/,
    tells: /exit code 2/,
  },
  {
    on: 'a stop that hangs',
    annotations: { 'hung-stop': 'true' },
    spec: { terminationGracePeriodSeconds: 600 },
    before: (cluster) => cluster.delete('pod/it'),
    awaited: 'Deleted',
    says: /^it is being deleted, with 600 s for its containers to end$/,
  },
  {
    on: 'a finalizer',
    metadata: { finalizers: ['example.org/keep'] },
    before: (cluster) => cluster.delete('pod/it'),
    awaited: 'Deleted',
    says: /^it is being deleted, and held by its finalizers example\.org\/keep$/,
  },
  { on: 'a word that is no condition', awaited: 'ready', says: /^nothing seems to be wrong with it$/, tells: /^it has no condition ready; it has .*Ready/m },
]

for (const { on, annotations = {}, metadata, spec, container, before, awaited = 'Ready', passes = '2m', says, tells = /^last events:|^no events/m } of cases)
  test(`a wait that comes to nothing says that the pod is stuck on ${on}`, async () => {
    await using cluster = await startCluster({ clock: 'manual' })
    const all = Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`simulated.podsteward.io/${name}`, value]))
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'it', annotations: all, ...metadata },
      spec: { containers: [{ name: 'app', image: 'a:1', ...container }], ...spec },
    })
    await cluster.clock.advance(passes)
    await before?.(cluster)
    await cluster.clock.advance('10s')
    await assert.rejects(cluster.waitFor('pod/it', awaited, { timeoutMs: 20 }), (error) => {
      assert.ok(error instanceof WaitError)
      const [first = '', ...rest] = error.message.split('\n')
      const start = `pod/it (namespace default) is not ${awaited} after 20 ms: `
      assert.ok(first.startsWith(start), first)
      assert.match(first.slice(start.length), says)
      assert.match(rest.join('\n'), tells)
      assert.equal(rest.at(-1), "the clock stands still: what needs time waits for clock.advance('…')")
      return true
    })
  })

test('events come in the order in which they came about', async () => {
  await using cluster = await startCluster({ clock: 'manual' })
  await cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'app', image: 'a:1' }] } })
  await cluster.clock.advance('5s')
  await cluster.pod('web').container().exit(1)
  await cluster.clock.advance('1m')
  assert.deepEqual(
    (await cluster.events('web')).map(({ reason }) => reason),
    ['Scheduled', 'Pulling', 'Pulled', 'Pulled', 'Created', 'Started'],
  )
})
