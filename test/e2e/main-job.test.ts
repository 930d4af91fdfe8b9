/** The main job, as a user does it: start, apply a pod with kubectl, look at Docker, change things, kill things, delete. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import Docker from 'dockerode'
import type { CoreEvent, Node, Pod } from '../../src/kube/objects.ts'
import type { Kubectl } from '../support/kubectl.ts'
import { type Podsteward, startUp } from '../support/podsteward.ts'
import { testDockerSocket } from '../support/test-docker.ts'
import { waitUntil } from '../support/wait-until.ts'

const docker = new Docker({ socketPath: testDockerSocket() })
let state: string
let podsteward: Podsteward
let kubectl: Kubectl

before(async () => {
  state = await mkdtemp(join(tmpdir(), 'main-job-'))
  ;({ podsteward, kubectl } = await startUp(state))
})
after(async () => {
  await kubectl?.run(['delete', 'pods', '--all', '--wait', '--timeout=40s', '--grace-period=1'])
  await podsteward?.stop()
  await rm(state, { recursive: true, force: true })
})

const getPod = (name: string) => kubectl.json<Pod>(['get', 'pod', name])
const containersOf = (name: string) => docker.listContainers({ all: true, filters: { label: [`io.kubernetes.pod.name=${name}`] } })
const containerOf = async (pod: string, container: string) => {
  const rows = await docker.listContainers({ filters: { label: [`io.kubernetes.pod.name=${pod}`, `io.kubernetes.container.name=${container}`] } })
  const row = rows[0]
  assert.ok(row, `a running container ${container} of ${pod}`)
  return docker.getContainer(row.Id)
}
async function exec(id: string, command: string[]): Promise<string> {
  const run = await docker.getContainer(id).exec({ Cmd: command, AttachStdout: true, AttachStderr: true })
  const stream = await run.start({ hijack: true, stdin: false })
  const chunks: Buffer[] = []
  const { PassThrough } = await import('node:stream')
  const out = new PassThrough()
  out.on('data', (chunk: Buffer) => chunks.push(chunk))
  docker.modem.demuxStream(stream, out, out)
  await new Promise((resolve) => stream.once('end', resolve))
  return Buffer.concat(chunks).toString()
}

const manifest = (greeting: string) => `
apiVersion: v1
kind: ConfigMap
metadata: { name: greeting }
data: { text: "${greeting}" }
`
const twoContainers = `
apiVersion: v1
kind: Secret
metadata: { name: password }
stringData: { token: s3cret }
---
apiVersion: v1
kind: Pod
metadata: { name: two, labels: { app: two } }
spec:
  terminationGracePeriodSeconds: 3
  volumes:
    - { name: shared, emptyDir: {} }
    - { name: config, configMap: { name: greeting } }
    - { name: keys, secret: { secretName: password, defaultMode: 0400 } }
  containers:
    - name: writer
      image: podsteward.test/busybox:1
      command: [sh, -c, 'echo "$(WHO) $TOKEN" > /shared/who; trap "exit 0" TERM; while true; do sleep 1; done']
      env:
        - { name: NAME, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
        - { name: WHO, value: "I am $(NAME)" }
        - { name: TOKEN, valueFrom: { secretKeyRef: { name: password, key: token } } }
        - { name: TEXT, valueFrom: { configMapKeyRef: { name: greeting, key: text } } }
        - { name: CPU, valueFrom: { resourceFieldRef: { resource: limits.cpu, divisor: 1m } } }
      resources: { requests: { cpu: 100m, memory: 16Mi }, limits: { cpu: 500m, memory: 64Mi } }
      volumeMounts:
        - { name: shared, mountPath: /shared }
        - { name: keys, mountPath: /keys }
    - name: reader
      image: podsteward.test/busybox:1
      command: [sh, -c, 'trap "exit 0" TERM; while true; do sleep 1; done']
      readinessProbe:
        exec: { command: [cat, /shared/who] }
        periodSeconds: 1
      volumeMounts:
        - { name: shared, mountPath: /shared }
        - { name: config, mountPath: /config }
`

test('the node is registered as a kubelet registers it', async () => {
  const node = await kubectl.json<Node>(['get', 'node', 'e2e-node'])
  assert.equal(node.metadata?.labels?.['kubernetes.io/hostname'], 'e2e-node')
  assert.equal(node.metadata?.labels?.['kubernetes.io/os'], 'linux')
  assert.deepEqual(
    node.status?.conditions?.map((condition) => `${condition.type}=${condition.status}`),
    ['MemoryPressure=False', 'DiskPressure=False', 'PIDPressure=False', 'Ready=True'],
  )
  assert.match(node.status?.nodeInfo?.containerRuntimeVersion ?? '', /^docker:\/\/\d+/)
  assert.match(node.status?.nodeInfo?.kubeletVersion ?? '', /^v1\.32\.\d+/)
  assert.ok(node.status?.addresses?.some((address) => address.type === 'InternalIP' && !address.address.startsWith('127.')))
  assert.equal(node.status?.capacity?.pods, '110')
  const lease = await kubectl.json<{ spec: { holderIdentity: string; leaseDurationSeconds: number } }>(['get', 'lease', '-n', 'kube-node-lease', 'e2e-node'])
  assert.deepEqual([lease.spec.holderIdentity, lease.spec.leaseDurationSeconds], ['e2e-node', 40])
})

test('a two-container pod runs with its network, files, env and limits', async () => {
  await kubectl.apply(manifest('hello'))
  await kubectl.apply(twoContainers)
  await kubectl.ok(['wait', '--for=condition=Ready', 'pod/two', '--timeout=60s'])
  const pod = await getPod('two')
  assert.equal(pod.status?.phase, 'Running')
  assert.equal(pod.status?.qosClass, 'Burstable')
  assert.ok(pod.status?.podIP)
  const rows = await containersOf('two')
  assert.deepEqual(rows.map((row) => row.Names[0]?.split('_').slice(0, 4).join('_')).sort(), [
    '/k8s_POD_two_default',
    '/k8s_reader_two_default',
    '/k8s_writer_two_default',
  ])
  const pause = rows.find((row) => row.Labels['io.kubernetes.docker.type'] === 'podsandbox')
  const writer = await (await containerOf('two', 'writer')).inspect()
  assert.equal(writer.HostConfig.NetworkMode, `container:${pause?.Id}`)
  assert.equal(writer.HostConfig.IpcMode, `container:${pause?.Id}`)
  assert.equal(writer.HostConfig.Memory, 64 * 1024 * 1024)
  assert.equal(writer.HostConfig.CpuShares, 102)
  assert.equal(writer.HostConfig.CpuQuota, 50_000)
  for (const entry of ['WHO=I am two', 'TOKEN=s3cret', 'TEXT=hello', 'CPU=500', 'KUBERNETES_SERVICE_PORT=443'])
    assert.ok(writer.Config.Env.includes(entry), entry)
  const reader = await containerOf('two', 'reader')
  assert.equal((await exec(reader.id, ['cat', '/shared/who'])).trim(), 'I am two s3cret')
  assert.equal((await exec(reader.id, ['cat', '/config/text'])).trim(), 'hello')
  assert.equal((await exec(writer.Id, ['stat', '-Lc', '%a', '/keys/token'])).trim(), '400')
  assert.match(await exec(writer.Id, ['grep', '/keys', '/proc/mounts']), /tmpfs/)
  assert.match(await exec(writer.Id, ['cat', '/etc/hosts']), new RegExp(`# Kubernetes-managed hosts file.[\\s\\S]*${pod.status?.podIP}\\ttwo`))
})

test('a changed configMap reaches the running pod', async () => {
  await kubectl.apply(manifest('changed'))
  const reader = await containerOf('two', 'reader')
  await waitUntil('the new text in the file', async () => (await exec(reader.id, ['cat', '/config/text'])).trim() === 'changed', { timeoutMs: 60_000 })
})

test('a killed container restarts with the right counts, and only that one', async () => {
  const before = await getPod('two')
  const writer = await containerOf('two', 'writer')
  await writer.kill({ signal: 'SIGKILL' })
  const pod = await waitUntil(
    'a restart',
    async () => {
      const now = await getPod('two')
      const status = now.status?.containerStatuses?.find((each) => each.name === 'writer')
      return status?.restartCount === 1 && status.state?.running ? now : undefined
    },
    { timeoutMs: 40_000, seen: () => getPod('two').then((p) => p.status) },
  )
  const status = (name: string) => pod.status?.containerStatuses?.find((each) => each.name === name)
  assert.equal(status('writer')?.lastState?.terminated?.exitCode, 137)
  assert.equal(status('writer')?.lastState?.terminated?.reason, 'Error')
  assert.equal(status('reader')?.restartCount, 0)
  assert.equal(status('reader')?.containerID, before.status?.containerStatuses?.find((each) => each.name === 'reader')?.containerID)
})

test('the kubelet’s events tell the story', async () => {
  const events = await waitUntil('a Started event', async () => {
    const list = await kubectl.json<{ items: CoreEvent[] }>(['get', 'events', '--field-selector', 'involvedObject.name=two'])
    return list.items.some((event) => event.reason === 'Started') && list.items
  })
  const messages = events.map((event) => `${event.reason}: ${event.message}`)
  for (const expected of [
    'Created: Created container: writer',
    'Started: Started container writer',
    'Pulled: Container image "podsteward.test/busybox:1" already present on machine',
  ]) {
    assert.ok(messages.includes(expected), `${expected} in ${messages.join(' | ')}`)
  }
})

test('SIGKILL of the agent: the next one adopts what runs, none restarts, none is doubled', async () => {
  const ids = (await containersOf('two')).map((row) => row.Id).sort()
  podsteward.process.kill('SIGKILL')
  await waitUntil('its end', () => podsteward.exitCode !== undefined)
  ;({ podsteward, kubectl } = await startUp(state))
  await kubectl.ok(['wait', '--for=condition=Ready', 'pod/two', '--timeout=60s'])
  const marker = await containerOf('two', 'reader')
  await marker.kill({ signal: 'SIGKILL' })
  const pod = await waitUntil(
    'the new agent to act',
    async () => {
      const now = await getPod('two')
      return now.status?.containerStatuses?.every((each) => each.restartCount === 1 && each.state?.running) ? now : undefined
    },
    { timeoutMs: 40_000, seen: () => getPod('two').then((p) => p.status) },
  )
  assert.equal(pod.status?.phase, 'Running')
  const now = await containersOf('two')
  assert.equal(now.filter((row) => row.State === 'running').length, 3)
  const untouched = now.filter((row) => row.State === 'running' && ids.includes(row.Id))
  assert.equal(untouched.length, 2, 'the pause container and the writer are the ones from before')
})

test('a deleted pod leaves nothing in Docker or on disk', async () => {
  const uid = (await getPod('two')).metadata?.uid ?? ''
  assert.ok(existsSync(join(state, 'node/pods', uid)))
  await kubectl.ok(['delete', 'pod', 'two', '--timeout=40s'])
  assert.deepEqual(await containersOf('two'), [])
  assert.deepEqual(
    (await readdir(join(state, 'node/pods'))).filter((name) => name === uid),
    [],
  )
  assert.ok(!(await readFile('/proc/self/mountinfo', 'utf8')).includes(uid))
})

const bad: Record<string, { spec: string; shows: RegExp; event: RegExp }> = {
  'no-image': {
    spec: 'containers: [{ name: c, image: "127.0.0.1:1/none:1" }]',
    shows: /ErrImagePull|ImagePullBackOff/,
    event: /Failed: Failed to pull image "127.0.0.1:1\/none:1"/,
  },
  'no-secret': {
    spec: 'containers: [{ name: c, image: "podsteward.test/busybox:1", envFrom: [{ secretRef: { name: absent } }] }]',
    shows: /CreateContainerConfigError/,
    event: /Failed: Error: secret "absent" not found/,
  },
  'bad-path': {
    spec: 'volumes: [{ name: v, hostPath: { path: /etc/passwd, type: Directory } }]\n  containers: [{ name: c, image: "podsteward.test/busybox:1", volumeMounts: [{ name: v, mountPath: /v }] }]',
    shows: /ContainerCreating/,
    event: /FailedMount: .*hostPath type check failed: \/etc\/passwd is not a directory/,
  },
}

test('bad pods fail alone, each with the kubelet’s reason and event; a neighbour starts in the usual time', async () => {
  const documents = Object.entries(bad).map(
    ([name, each]) => `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\nspec:\n  terminationGracePeriodSeconds: 1\n  ${each.spec}\n`,
  )
  await kubectl.apply(documents.join('---\n'))
  await kubectl.apply(`
apiVersion: v1
kind: Pod
metadata: { name: neighbour }
spec:
  terminationGracePeriodSeconds: 1
  containers: [{ name: c, image: "podsteward.test/busybox:1", command: [sleep, "1000"] }]
`)
  await kubectl.ok(['wait', '--for=condition=Ready', 'pod/neighbour', '--timeout=60s'])
  for (const [name, want] of Object.entries(bad)) {
    await waitUntil(
      `${name} to show ${want.shows}`,
      async () => want.shows.test((await getPod(name)).status?.containerStatuses?.[0]?.state?.waiting?.reason ?? ''),
      { seen: () => getPod(name).then((p) => p.status) },
    )
    const eventsOf = async () =>
      (await kubectl.json<{ items: CoreEvent[] }>(['get', 'events', '--field-selector', `involvedObject.name=${name}`])).items.map(
        (event) => `${event.reason}: ${event.message}`,
      )
    await waitUntil(`an event ${want.event} of ${name}`, async () => (await eventsOf()).some((line) => want.event.test(line)), { seen: eventsOf })
  }
})

test('names and paths that no pod may have are refused with the field named', async () => {
  const refused = await kubectl.run(['apply', '-f', '-'], {
    stdin: 'apiVersion: v1\nkind: Pod\nmetadata: { name: Not_Valid }\nspec: { containers: [{ name: c, image: i }] }\n',
  })
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /metadata\.name.*Not_Valid/)
  const climber = await kubectl.run(['apply', '-f', '-'], {
    stdin:
      'apiVersion: v1\nkind: Pod\nmetadata: { name: climber }\nspec: { volumes: [{ name: v, emptyDir: {} }], containers: [{ name: c, image: i, volumeMounts: [{ name: v, mountPath: /v, subPath: "../../etc" }] }] }\n',
  })
  assert.equal(climber.code, 1)
  assert.match(climber.stderr, /subPath.*must not contain '\.\.'/)
})
