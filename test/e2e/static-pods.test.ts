/** Pods of manifests on the node, and the node without its API server. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Pod } from '../../src/kube/objects.ts'
import { shell } from '../support/hard-trees.ts'
import { busyboxImage, ensureBusybox } from '../support/images.ts'
import { condition, podManifest } from '../support/live-node.ts'
import { startUp } from '../support/podsteward.ts'
import { SeparateNode } from '../support/separate-node.ts'
import { testDockerSocket } from '../support/test-docker.ts'
import { waitUntil } from '../support/wait-until.ts'

const name = 'static-node'
let node: SeparateNode
let served = ''
const asked: (string | undefined)[] = []
const server = createServer((request, response) => {
  asked.push(request.headers['x-node'] as string | undefined)
  response.end(served)
})
const manifest = (podName: string, text = 'one') =>
  JSON.stringify(podManifest(podName, { containers: [{ env: [{ name: 'TEXT', value: text }], image: busyboxImage }] }))
const put = (file: string, content: string) => writeFile(join(node.state, 'manifests', file), content)
const ready = (pod: Parameters<typeof condition>[0]) => condition(pod, 'Ready')?.status === 'True'

before(async () => {
  await ensureBusybox(testDockerSocket())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  node = await SeparateNode.start(name, (state) => ({
    podManifestPath: join(state, 'manifests'),
    manifestUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/pods`,
    manifestUrlHeader: 'X-Node:static',
    httpCheckFrequency: '500ms',
  }))
  served = manifest('far')
})
after(async () => {
  await node?.[Symbol.asyncDispose]()
  server.close()
})

test('static pods run before the API server is there; their mirrors appear when it is', async () => {
  await put('bad.yaml', 'kind: [')
  await put('web.yaml', manifest('web'))
  node.outage.begin()
  await node.startAgent()
  await node.untilRunning(`web-${name}`)
  await node.untilRunning(`far-${name}`)
  assert.equal(asked[0], 'static')
  node.outage.end()
  const mirror = await node.until(`web-${name}`, 'to be Ready', ready)
  const { annotations, ownerReferences } = mirror.metadata ?? {}
  assert.equal(annotations?.['kubernetes.io/config.source'], 'file')
  assert.equal(annotations?.['kubernetes.io/config.mirror'], annotations?.['kubernetes.io/config.hash'])
  assert.ok(annotations?.['kubernetes.io/config.seen'])
  assert.equal(ownerReferences?.[0]?.kind, 'Node')
  assert.equal((await node.until(`far-${name}`, 'to be Ready', ready)).metadata?.annotations?.['kubernetes.io/config.source'], 'http')
})

test('a mirror that is deleted comes back, and the pod runs on', async () => {
  const before = await node.pod(`web-${name}`)
  const [container] = await node.containers(`web-${name}`)
  await node.kubectl.ok(['delete', 'pod', `web-${name}`, '--wait=false'])
  await node.until(`web-${name}`, 'to be back and Ready', (pod) => pod.metadata?.uid !== before.metadata?.uid && ready(pod))
  assert.equal((await node.containers(`web-${name}`))[0]?.Id, container?.Id)
})

test('a restarted agent finds its static pods running', async () => {
  const [container] = await node.containers(`web-${name}`)
  const restarts = (await node.pod(`web-${name}`)).status?.containerStatuses?.[0]?.restartCount
  await node.stopAgent()
  await node.startAgent()
  await node.untilNodeReady()
  await node.until(`web-${name}`, 'to be Ready', ready)
  assert.equal((await node.containers(`web-${name}`))[0]?.Id, container?.Id)
  assert.equal((await node.pod(`web-${name}`)).status?.containerStatuses?.[0]?.restartCount, restarts)
})

test('a changed manifest is another pod, begun when the old one is gone; a manifest that is taken away ends its pod and its mirror', async () => {
  const before = await node.pod(`web-${name}`)
  await put('web.yaml', manifest('web', 'two'))
  await node.until(
    `web-${name}`,
    'to be another',
    (pod) => pod.metadata?.annotations?.['kubernetes.io/config.hash'] !== before.metadata?.annotations?.['kubernetes.io/config.hash'] && ready(pod),
  )
  assert.equal((await node.containers(`web-${name}`)).length, 1)
  await rm(join(node.state, 'manifests/web.yaml'))
  const gone = async () => (await node.kubectl.run(['get', 'pod', `web-${name}`])).code !== 0
  await waitUntil('the mirror to go', async () => (await gone()) || undefined, { timeoutMs: 30_000 })
  assert.deepEqual(await node.containers(`web-${name}`, true), [])
  served = JSON.stringify({ apiVersion: 'v1', kind: 'PodList', items: [] })
  await waitUntil('the other to go', async () => (await node.containers(`far-${name}`, true)).length === 0 || undefined, { timeoutMs: 30_000 })
})

test('a restarted agent whose API server is away keeps its pods running and as specified; when the API server is back its list wins', async () => {
  const keeps = podManifest('keeps', {
    volumes: [{ name: 's', secret: { secretName: 'keys' } }],
    containers: [{ name: 'c', image: busyboxImage, volumeMounts: [{ name: 's', mountPath: '/s' }] }],
  })
  const objects = [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { k: 'never-on-disk' } }, keeps, podManifest('goes', {})]
  await node.kubectl.apply(objects.map((each) => JSON.stringify(each)).join('\n'))
  const uid = (await node.until('keeps', 'to be Ready', ready)).metadata?.uid
  await node.until('goes', 'to be Ready', ready)
  await node.stopAgent()
  const file = join(node.state, 'node/podsteward/checkpoints/pods', `${uid}.json`)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.doesNotMatch(await readFile(file, 'utf8'), /never-on-disk|bmV2ZXItb24tZGlzaw/)

  node.outage.begin()
  await node.kubectl.ok(['delete', 'pod', 'goes', '--wait=false', '--grace-period=0', '--force'])
  const [crashed] = await node.containers('keeps')
  await node.docker.getContainer(crashed?.Id ?? '').kill()
  await node.startAgent()
  await waitUntil(
    'the crashed container to be restarted',
    async () => {
      const [now] = await node.containers('keeps')
      return (now && now.Id !== crashed?.Id) || undefined
    },
    { timeoutMs: 60_000, seen: () => node.containers('keeps', true) },
  )
  assert.equal((await node.containers('goes')).length, 1, 'nobody has said that it is gone')

  node.outage.end()
  const after = await node.until('keeps', 'to be Ready with one restart', (pod) => ready(pod) && pod.status?.containerStatuses?.[0]?.restartCount === 1)
  assert.equal(after.metadata?.uid, uid)
  await waitUntil('the deleted pod to go', async () => (await node.containers('goes', true)).length === 0 || undefined, { timeoutMs: 40_000 })
  await node.kubectl.ok(['delete', 'pod', 'keeps', '--timeout=30s'])
})

test('fifos, devices and endless files among the manifests hold up neither static pods nor SIGTERM', async (t) => {
  const state = await mkdtemp(join(tmpdir(), 'odd-manifests-'))
  t.after(() => rm(state, { recursive: true, force: true }))
  const manifests = join(state, 'manifests')
  await mkdir(manifests)
  await shell(manifests, 'mkfifo a.yaml z.yaml; mknod b.yaml c 1 5; ln -s /dev/zero c.yaml; ln -s d.yaml d.yaml; ln -s /proc/kmsg e.yaml')
  await writeFile(join(manifests, 'm.yaml'), manifest('calm'))
  const { podsteward, kubectl } = await startUp(state, ['--pod-manifest-path', manifests])
  await using _ = podsteward
  const pod = () => kubectl.json<Pod>(['get', 'pod', 'calm-e2e-node']).catch(() => undefined)
  await waitUntil('the static pod', async () => ready((await pod()) ?? {}), { timeoutMs: 40_000, seen: pod })
  await rm(join(manifests, 'm.yaml'))
  await waitUntil('its end', async () => (await pod()) === undefined, { timeoutMs: 40_000, seen: pod })
  await podsteward.stop('SIGTERM')
  for (const name of ['a', 'b', 'c', 'd', 'e', 'z']) assert.match(podsteward.output, new RegExp(`/${name}\\.yaml".*static pod manifest cannot be used`))
})
