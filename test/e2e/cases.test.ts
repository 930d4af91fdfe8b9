/** Inputs of users, as they stand, on the real engine: each stands for a kind of input. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import Docker from 'dockerode'
import type { Node, Pod } from '../../src/kube/objects.ts'
import { busyboxImage, ensureBusybox } from '../support/images.ts'
import { Kubectl } from '../support/kubectl.ts'
import { condition, LiveNode, statusOf } from '../support/live-node.ts'
import { Podsteward } from '../support/podsteward.ts'
import { testDockerSocket } from '../support/test-docker.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: LiveNode
let manifests: string
const manifest = (name: string) => readFile(join(import.meta.dirname, 'fixtures/cases', `${name}.yaml`), 'utf8')
const apply = async (name: string) => node.kubectl.apply(await manifest(name))
const remove = async (name: string) => node.kubectl.ok(['delete', '--wait', '--timeout=60s', '-f', '-'], { stdin: await manifest(name) })
const isReady = (pod: Pod) => condition(pod, 'Ready')?.status === 'True'
const ended = (pod: Pod) => ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '')

before(async () => {
  await ensureBusybox(testDockerSocket())
  const docker = new Docker({ socketPath: testDockerSocket() })
  await docker.getImage(busyboxImage).tag({ repo: 'bb', tag: '1' })
  manifests = await mkdtemp(join(tmpdir(), 'manifests-'))
  node = await LiveNode.start('--pod-manifest-path', manifests)
})
after(async () => {
  await node?.[Symbol.asyncDispose]()
  await rm(manifests, { recursive: true, force: true })
  // Other tests look at the names that the image has.
  await new Docker({ socketPath: testDockerSocket() }).getImage('bb:1').remove()
})

test('servers as they are found are judged as by Go’s net/http', async () => {
  await apply('http-servers-as-found')
  for (const name of ['lf', 'lfbody', 'old', 'noreason', 'headers', 'hangbig']) await node.until(`c42-${name}`, 'to be Ready', isReady)
  await node.untilEvent('c42-cut', /^Unhealthy: Readiness probe errored and resulted in failure state: unexpected EOF$/)
  await node.untilEvent('c42-hangsmall', /^Unhealthy: Readiness probe errored and resulted in failure state: context deadline exceeded \(Client\.Timeout or /)
  for (const name of ['cut', 'hangsmall']) assert.ok(!isReady(await node.pod(`c42-${name}`)), name)
  await remove('http-servers-as-found')
})

/** Whether the engine has seen that a process of the container was killed for want of memory. It misses it now and then where the container ends in the same moment. */
async function sawOomKill(pod: string, container: string): Promise<boolean> {
  const docker = new Docker({ socketPath: testDockerSocket() })
  const rows = (await node.containers(pod)).filter(({ name }) => name === container)
  const states = await Promise.all(rows.map(({ id }) => docker.getContainer(id).inspect()))
  return states.some(({ State }) => State.OOMKilled)
}

test('an init container that was OOM-killed failed, though it exits with 0', async () => {
  for (let attempts = 1; ; attempts += 1) {
    await apply('init-oom-exit0')
    for (const name of ['c04a', 'c04b', 'c04c']) await node.until(name, 'to end', ended, 60_000)
    const seen = await Promise.all([sawOomKill('c04a', 'eat'), sawOomKill('c04b', 'eat'), sawOomKill('c04c', 'main')])
    if (seen.every((each) => each) || attempts === 3) break
    await remove('init-oom-exit0')
  }
  const never = await node.until('c04a', 'to end', ended)
  assert.equal(never.status?.phase, 'Failed')
  assert.equal(statusOf(never, 'eat')?.state?.terminated?.reason, 'OOMKilled')
  assert.equal(statusOf(never, 'eat')?.state?.terminated?.exitCode, 0)
  assert.equal((await node.containers('c04a')).filter(({ name }) => name === 'main').length, 0)
  const again = await node.until('c04b', 'to end', ended, 60_000)
  assert.equal(again.status?.phase, 'Succeeded')
  assert.equal(statusOf(again, 'eat')?.restartCount, 1)
  // A main container is judged by its exit code, as a kubelet does.
  const main = await node.until('c04c', 'to end', ended)
  assert.deepEqual([main.status?.phase, statusOf(main, 'main')?.state?.terminated?.reason], ['Succeeded', 'OOMKilled'])
  await remove('init-oom-exit0')
})

test('a limit of 0 counts as not set: the downward API tells the node’s allocatable', async () => {
  const { status } = await node.kubectl.json<Node>(['get', 'node', 'e2e-node'])
  await apply('downward-resources')
  await node.until('c19', 'to end', ended)
  const told = Object.fromEntries(
    (await node.logs('c19', 'm'))
      .trim()
      .split('\n')
      .map((line) => line.split('=') as [string, string]),
  )
  const bytes = (text = '') => (text.endsWith('Ki') ? Number(text.slice(0, -2)) * 1024 : Number(text))
  const cpus = String(Math.ceil(Number((status?.allocatable?.cpu ?? '').replace(/m$/, '')) / (status?.allocatable?.cpu?.endsWith('m') ? 1000 : 1)))
  const memory = String(bytes(status?.allocatable?.memory))
  const { R_C: disk, ...rest } = told
  assert.deepEqual(rest, {
    ...{ R_1: '1', R_2: '100', R_3: '2', R_4: '1500', R_5: '15000000', R_6: '15', R_7: '108', R_8: '107374183' },
    ...{ R_9: cpus, R_A: memory, R_B: '0', R_D: cpus, R_E: memory },
  })
  assert.ok(Number(disk) > 0, disk)
  await remove('downward-resources')
})

test('a pod whose names are too long together is told why it cannot run, can be deleted, and holds up no other', async () => {
  const namespace = 'n'.repeat(63)
  const name = 'p'.repeat(170)
  await node.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: { containers: [{ name: 'm', image: 'bb:1', command: ['sleep', '1000'] }] } }
  await waitUntil('its service account', async () => (await node.kubectl.run(['create', '-f', '-'], { stdin: JSON.stringify(pod) })).code === 0)
  const events = async () =>
    (await node.kubectl.ok(['get', 'events', '-n', namespace, '-o', 'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}'])).split('\n')
  await waitUntil('an event that says why', async () => (await events()).some((line) => /^FailedCreatePodSandBox: .*too long/.test(line)), { seen: events })
  await node.ready('short', {})
  await node.kubectl.ok(['delete', 'namespace', namespace, '--wait', '--timeout=60s'])
})

test('a pod has the priority of its class, as kubectl applies both', async () => {
  const text = (await manifest('priority-class')).replace('image: x', 'image: "bb:1", command: [sleep, "1000"]')
  await node.kubectl.apply(text)
  assert.equal((await node.until('high', 'to be Ready', isReady)).spec?.priority, 1000)
})

test('a deletion with the longest grace there is is accepted, and a shorter one after it counts', async () => {
  const longest = '9223372036854775807'
  const command = 'trap "" TERM; while :; do sleep 1; done'
  await node.kubectl.apply(`
apiVersion: v1
kind: Pod
metadata: { name: patient }
spec: { terminationGracePeriodSeconds: ${longest}, containers: [{ name: c, image: "bb:1", command: [sh, -c, '${command}'] }] }
`)
  await node.until('patient', 'to be Ready', isReady)
  const raw = await node.kubectl.ok(['get', '--raw', '/api/v1/namespaces/default/pods/patient'])
  assert.ok(raw.includes(`"terminationGracePeriodSeconds":${longest}`), raw)
  await node.kubectl.ok(['delete', 'pod', 'patient', '--wait=false'])
  await node.until('patient', 'to be ending', (pod) => pod.metadata?.deletionTimestamp !== undefined)
  await node.kubectl.ok(['delete', 'pod', 'patient', '--grace-period=1', '--wait', '--timeout=60s'])
})

test('a configMap’s new file and a new directory are there for a container that starts again, at a subPath too', async () => {
  await apply('subpath-update-restart')
  for (const name of ['c17', 'c17e']) await node.until(name, 'to be Ready', isReady)
  await node.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c17' }, data: { conf: 'two' } })
  await waitUntil('the whole volume to be new', async () => (await node.sh('c17', 'cat /all/conf', 'm')).output === 'two', { timeoutMs: 90_000 })
  await node.sh('c17e', 'rm -r /all/work; mkdir /all/work; touch /all/work/new', 'm')
  for (const name of ['c17', 'c17e']) await node.sh(name, 'kill 1', 'm')
  for (const [name, words] of [
    ['c17', 'two'],
    ['c17e', 'new'],
  ] as const) {
    await node.until(name, 'to run again', (pod) => (statusOf(pod, 'm')?.restartCount ?? 0) > 0 && isReady(pod), 60_000)
    assert.match((await node.sh(name, name === 'c17' ? 'cat /etc/app/conf' : 'ls /work', 'm')).output, new RegExp(words))
  }
  await remove('subpath-update-restart')
})

test('volumes below a volume of the API’s are mounted whichever is named first, and stay when the outer one changes', async () => {
  await apply('nested-api-volumes')
  for (const name of ['c43', 'c43b', 'c43c']) await node.until(name, 'to be Ready', isReady)
  const seen = await node.sh('c43', 'cat /s/a /s/more/nm /s/more/deep/b; ls -d /s/scratch', 'm')
  assert.equal(seen.output.replaceAll('\n', ''), 'outer1c43inner/s/scratch')
  await node.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'c43' }, stringData: { a: 'outer2' } })
  await waitUntil('the outer one to be new', async () => (await node.sh('c43', 'cat /s/a', 'm')).output === 'outer2', { timeoutMs: 90_000 })
  assert.equal((await node.sh('c43', 'cat /s/more/deep/b', 'm')).output, 'inner')
  await remove('nested-api-volumes')
})

for (const [file, name] of [
  ['file-name-not-utf8', 'nonutf8'],
  ['directories-very-deep', 'deep'],
] as const)
  test(`nothing is left on disk of ${file}`, async () => {
    await apply(file)
    const { metadata } = await node.until(name, 'to be Ready', isReady)
    await waitUntil('what it writes', async () => (await node.containers(name)).length > 0)
    await remove(file)
    const directory = join(node.state, 'node/pods', metadata?.uid ?? '')
    await waitUntil('its directory to be gone', () => !existsSync(directory))
  })

test('a static pod’s manifest is YAML 1.1: octal modes, yes and on, anchors', async () => {
  const file = join(manifests, 'static.yaml')
  await writeFile(file, await manifest('static-yaml-1.1'))
  const { spec, metadata } = await node.until('static-yaml-e2e-node', 'to be Ready', isReady)
  assert.deepEqual([spec?.hostNetwork, spec?.containers[0]?.stdin, metadata?.annotations?.a], [true, true, '1'])
  assert.equal((await node.sh('static-yaml-e2e-node', 'stat -L -c %a /d/nm /d/x', 'm')).output, '440\n755')
  await rm(file)
  await waitUntil('it to be gone', async () => (await node.kubectl.run(['get', 'pod', 'static-yaml-e2e-node'])).code !== 0)
})

test('a node’s name is trimmed and in lower case, and a registered Node keeps its labels when the agent starts with others', async (t) => {
  const state = await mkdtemp(join(tmpdir(), 'named-node-'))
  t.after(() => rm(state, { recursive: true, force: true }))
  const up = (...extra: string[]) =>
    new Podsteward(['up', '--state-dir', state, '--secure_port=0', '--port=0', '--cadvisor-port=0', '--no-example', '--engine=simulated', ...extra])
  const labelsOf = async () => (await new Kubectl(join(state, 'kubeconfig')).json<Node>(['get', 'node', 'nodebig.example'])).metadata?.labels ?? {}
  {
    await using first = up('--hostname-override', ' NodeBig.Example', '--node-labels=zone=a,disk=ssd')
    await first.says(/nodebig\.example.*ready/)
    await new Kubectl(join(state, 'kubeconfig')).ok(['label', 'node', 'nodebig.example', 'kubernetes.io/hostname=wrong', 'zone=b', '--overwrite'])
  }
  await using second = up('--hostname-override=NODEBIG.example', '--node-labels=zone=c,new=1')
  await second.says(/nodebig\.example.*ready/)
  const labels = await waitUntil('its own label to be put right', async () => {
    const now = await labelsOf()
    return now['kubernetes.io/hostname'] === 'nodebig.example' && now
  })
  assert.deepEqual([labels.zone, labels.disk, labels.new], ['b', 'ssd', undefined])
})
