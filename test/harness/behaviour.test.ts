import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { CoreV1Api } from '@kubernetes/client-node'
import type { SettingName } from '../../src/engine/simulated/settings.ts'
import { type Cluster, type ClusterOptions, startCluster } from '../../src/harness/harness.ts'
import type { ContainerStatus, Pod } from '../../src/kube/objects.ts'

type Container = NonNullable<Pod['spec']>['containers'][number]
type Settings = Readonly<Partial<Record<SettingName, string>>>

/** What a pod with a setting does that one without does not: seen by a user after some time. */
interface Case {
  readonly settings: Settings
  readonly container?: Partial<Container>
  readonly grace?: number
  readonly after: string
  /** Throws where the setting has no effect. */
  readonly check: (cluster: Cluster, first: ContainerStatus | undefined) => Promise<void> | void
}

const reasons = async (cluster: Cluster) => (await cluster.events('p')).map(({ reason, message }) => `${reason}: ${message}`).join('\n')
const said = (text: RegExp) => async (cluster: Cluster) => assert.match(await reasons(cluster), text)
const node = async (cluster: Cluster, path: string): Promise<unknown> => cluster.api(CoreV1Api).connectGetNodeProxyWithPath({ name: 'node-0', path })
const log = async (cluster: Cluster) => cluster.api(CoreV1Api).readNamespacedPodLog({ namespace: 'default', name: 'p' })
const notYet = (_: Cluster, first?: ContainerStatus) => assert.equal(first?.state?.running, undefined)
const probed = (kind: 'readinessProbe' | 'livenessProbe', probe: object): Partial<Container> => ({
  [kind]: { ...probe, periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 1 },
})
const summary = (wanted: RegExp) => async (cluster: Cluster) => assert.match(JSON.stringify(await node(cluster, 'stats/summary')), wanted)
const cadvisor = (wanted: RegExp) => async (cluster: Cluster) => assert.match(String(await node(cluster, 'metrics/cadvisor')), wanted)
/** Deletes the pod and looks some seconds later. */
const stopped =
  (seconds: number, gone: boolean) =>
  async (cluster: Cluster): Promise<void> => {
    await cluster.delete('pod/p')
    await cluster.clock.advance(`${seconds}s`)
    assert.equal((await cluster.list('pods')).length, gone ? 0 : 1)
  }

/** `echo` is of a command alone: test/contract. */
const cases: { readonly [Name in Exclude<SettingName, 'echo'>]: Case } = {
  'sandbox-delay': { settings: { 'sandbox-delay': '30s' }, after: '20s', check: notYet },
  'sandbox-error': { settings: { 'sandbox-error': 'no address left' }, after: '5s', check: said(/FailedCreatePodSandBox: .*no address left/) },
  'pull-delay': { settings: { 'pull-delay': 'normal(60s,1s)' }, after: '30s', check: notYet },
  'pull-error': {
    settings: { 'pull-error': 'unauthorized' },
    after: '5s',
    check: (_, first) => assert.match(first?.state?.waiting?.reason ?? '', /Err|BackOff/),
  },
  'start-delay': { settings: { 'start-delay': '20s-30s' }, after: '15s', check: notYet },
  'start-error': { settings: { 'start-error': 'exec format error' }, after: '5s', check: said(/Failed: .*exec format error/) },
  'exit-after': { settings: { 'exit-after': '10s' }, after: '15s', check: (_, first) => assert.equal(first?.restartCount, 1) },
  'exit-code': {
    settings: { 'exit-after': '10s', 'exit-code': '42' },
    after: '15s',
    check: (_, first) => assert.equal(first?.lastState?.terminated?.exitCode, 42),
  },
  'exit-attempts': { settings: { 'exit-after': '1s', 'exit-attempts': '1' }, after: '2m', check: (_, first) => assert.equal(first?.restartCount, 1) },
  'oom-after': { settings: { 'oom-after': '10s' }, after: '15s', check: (_, first) => assert.equal(first?.lastState?.terminated?.reason, 'OOMKilled') },
  'stop-delay': { settings: { 'stop-delay': '10s' }, after: '5s', check: stopped(8, false) },
  'term-exit-code': {
    settings: { 'term-exit-code': '7' },
    container: probed('livenessProbe', { exec: { command: ['true'] } }),
    after: '5s',
    async check(cluster) {
      await cluster.pod('p').container().answerExec({ exitCode: 1 })
      await cluster.clock.advance('5s')
      assert.equal((await cluster.pod('p').container().status())?.lastState?.terminated?.exitCode, 7)
    },
  },
  'hung-stop': { settings: { 'hung-stop': 'true' }, grace: 20, after: '5s', check: stopped(15, false) },
  log: { settings: { log: 'hello\nworld' }, after: '5s', check: async (cluster) => assert.equal(await log(cluster), 'hello\nworld\n') },
  'log-stderr': { settings: { 'log-stderr': 'oh dear' }, after: '5s', check: async (cluster) => assert.equal(await log(cluster), 'oh dear\n') },
  'exec-exit-code': {
    settings: { 'exec-exit-code': '3' },
    container: probed('readinessProbe', { exec: { command: ['check'] } }),
    after: '10s',
    check: said(/Unhealthy: Readiness probe failed/),
  },
  'exec-output': {
    settings: { 'exec-exit-code': '1', 'exec-output': 'not quite' },
    container: probed('readinessProbe', { exec: { command: ['check'] } }),
    after: '10s',
    check: said(/Unhealthy: Readiness probe failed: not quite/),
  },
  'exec-delay': {
    settings: { 'exec-delay': '30s' },
    container: probed('readinessProbe', { exec: { command: ['check'] } }),
    after: '10s',
    check: said(/Unhealthy: Readiness probe failed: .*timed out/),
  },
  probe: {
    settings: { probe: 'failure' },
    container: probed('readinessProbe', { httpGet: { port: 80 } }),
    after: '10s',
    check: said(/Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500/),
  },
  cpu: { settings: { cpu: '250m' }, after: '40s', check: summary(/"usageNanoCores":250000000/) },
  memory: { settings: { memory: '64Mi' }, after: '40s', check: summary(/"workingSetBytes":67108864/) },
  disk: { settings: { disk: '5Mi' }, after: '2m', check: summary(/"usedBytes":5242880/) },
  processes: { settings: { processes: '9' }, after: '40s', check: cadvisor(/container_processes\{[^}]*container="app"[^}]*\} 9 /) },
  'network-receive': { settings: { 'network-receive': '1Ki' }, after: '40s', check: summary(/"name":"eth0","rxBytes":[1-9]/) },
  'network-send': { settings: { 'network-send': '1Ki' }, after: '40s', check: summary(/"txBytes":[1-9]/) },
}

/** Runs a case; `prepare` answers what the pod's annotations are to be. */
async function seen(
  { container, grace = 30, after, check }: Case,
  options: ClusterOptions = {},
  prepare: (cluster: Cluster) => Settings = () => ({}),
): Promise<void> {
  await using cluster = await startCluster({ clock: 'manual', ...options })
  const settings = prepare(cluster)
  const annotations = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`simulated.podsteward.io/${name}`, value]))
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels: { app: 'it' }, annotations },
    spec: { terminationGracePeriodSeconds: grace, containers: [{ name: 'app', image: 'a:1', ...container }] },
  })
  await cluster.clock.advance(after)
  await check(cluster, await cluster.pod('p').container().status())
}

describe('every setting is taken from an annotation, from a profile, from a test, and is needed for what it does', () => {
  for (const [name, each] of Object.entries(cases))
    test(name, async () => {
      const { settings } = each
      await seen(each, {}, () => settings)
      await seen(each, { profile: { pods: [{ match: { labels: { app: 'it' } }, settings }] } })
      await seen(each, { behaviour: settings })
      await seen(each, {}, (cluster) => {
        cluster.pod('p').behave(settings)
        return {}
      })
      await assert.rejects(seen(each), 'it does so anyway')
    })
})

test('docs/simulated.md has every setting', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/simulated.md'), 'utf8')
  for (const name of [...Object.keys(cases), 'echo']) assert.match(text, new RegExp(`\\b${name}\\b`))
})

test('a cluster takes a profile’s file by its path, and says what is wrong with it', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'behaviour-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'profile.yaml')
  writeFileSync(path, 'defaults: { exit-after: 5s, exit-code: 3 }')
  await using cluster = await startCluster({ clock: 'manual', profile: path })
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'job' },
    spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'a:1' }] },
  })
  await cluster.clock.advance('10s')
  assert.equal((await cluster.pod('job').container().status())?.state?.terminated?.exitCode, 3)
  writeFileSync(path, 'defaults: { exit-after: soon }')
  await assert.rejects(startCluster({ profile: path }), /profile\.yaml: setting exit-after: "soon" is not a duration/)
})

describe('what a test says of a pod', () => {
  const web = (annotations: Record<string, string> = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', annotations },
    spec: {
      containers: [
        { name: 'app', image: 'a:1' },
        { name: 'side', image: 'b:1' },
      ],
    },
  })

  test('wins over its annotations until it is unsaid, and a pull that failed comes through', async () => {
    await using cluster = await startCluster({ clock: 'manual' })
    await cluster.apply(web({ 'simulated.podsteward.io/pull-error': 'not-found', 'simulated.podsteward.io/memory': '1Mi' }))
    await cluster.clock.advance('5s')
    assert.match((await cluster.pod('web').container('app').status())?.state?.waiting?.reason ?? '', /ErrImagePull|ImagePullBackOff/)
    cluster.pod('web').behave({ 'pull-error': 'none' })
    await cluster.clock.advance('1m')
    await cluster.waitFor('pod/web', 'Ready')
  })

  test('is of one container where it says so, goes over restarts, and is refused when it cannot be read', async () => {
    await using cluster = await startCluster({ clock: 'manual' })
    await cluster.apply(web())
    await cluster.waitFor('pod/web', 'Ready')
    await cluster.pod('web').container('side').behave({ 'exit-after': '5s', 'exit-code': 2 })
    await cluster.clock.advance('1m')
    assert.equal((await cluster.pod('web').container('side').status())?.restartCount, 0, 'it runs already')
    await cluster.pod('web').container('side').exit(1)
    await cluster.pod('web').container('app').exit(1)
    await cluster.clock.advance('20s')
    assert.equal((await cluster.pod('web').container('side').status())?.lastState?.terminated?.exitCode, 2)
    assert.equal((await cluster.pod('web').container('app').status())?.restartCount, 1)
    assert.throws(() => cluster.pod('web').behave({ 'exit-code': 'many' }), /setting exit-code: "many" is not a whole number/)
  })

  test('is what its commands come to, one by one', async () => {
    await using cluster = await startCluster({ clock: 'manual' })
    const probe = (command: string) => ({ exec: { command: [command] }, periodSeconds: 1, failureThreshold: 1 })
    await cluster.apply({
      ...web(),
      spec: { containers: [{ name: 'app', image: 'a:1', readinessProbe: probe('ready'), livenessProbe: probe('alive') }] },
    })
    await cluster.waitFor('pod/web', 'Ready')
    const app = cluster.pod('web').container()
    await app.answerExec(([command]) => (command === 'ready' ? { exitCode: 1, stderr: 'busy' } : undefined))
    await cluster.clock.advance('3s')
    assert.deepEqual([(await app.status())?.ready, (await app.status())?.restartCount], [false, 0])
    await app.answerExec(undefined)
    await cluster.clock.advance('3s')
    assert.equal((await app.status())?.ready, true)
  })
})
