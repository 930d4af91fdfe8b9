/** What of the CRI engine only a real containerd shows, beside the contract. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { createCriEngine } from '../../../src/engine/cri/cri-engine.ts'
import type { ContainerEngine, EngineEvent } from '../../../src/engine/engine.ts'
import { EnginePod } from '../../contract/engine-fixture.ts'
import { startContainerd, type TestContainerd } from '../../support/containerd.ts'
import { busyboxImage } from '../../support/images.ts'
import { waitUntil } from '../../support/wait-until.ts'

let root: string
let daemon: TestContainerd
let engine: ContainerEngine
const engineOf = (timeoutMs?: number) =>
  createCriEngine({ endpoint: daemon.endpoint, clock: systemClock, log: silentLogger, ...(timeoutMs === undefined ? {} : { timeoutMs }) })

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'cri-containerd-'))
  // Without a pause image, and with a registry for one that is nowhere.
  daemon = await startContainerd({ root, pauseImage: false })
  engine = engineOf()
})
after(async () => {
  await engine?.[Symbol.asyncDispose]()
  await daemon?.[Symbol.asyncDispose]()
  await rm(root, { recursive: true, force: true })
})

test('a runtime that has no pause image, and no registry to get it from, is given ours', async () => {
  await using pod = await EnginePod.make(engine, busyboxImage)
  assert.equal((await pod.runSandbox()).ready, true)
  assert.match(await daemon.ctr('images', 'ls', '-q'), /^podsteward\.test\/pause:1$/m)
  await using another = await EnginePod.make(engine, busyboxImage)
  assert.equal((await another.runSandbox()).ready, true)
})

test('our own image, which no registry has, is there when it is asked for, as on Docker', async () => {
  assert.doesNotMatch(await daemon.ctr('images', 'ls', '-q'), /^podsteward\.io\/pause:1$/m)
  assert.equal((await engine.imageState('podsteward.io/pause:1'))?.repoTags.includes('podsteward.io/pause:1'), true)
  assert.equal(await engine.imageState('podsteward.io/pause:2'), undefined)
})

test('a container that another agent makes in a sandbox of before is of the same pod: its name, its network, its cgroup', async () => {
  await using pod = await EnginePod.make(engine, busyboxImage)
  const cgroupParent = `/kubepods/pod${pod.identity.uid}`
  const sandbox = await pod.runSandbox({ hostname: 'web-0', cgroupParent, attempt: 2 })
  await using later = engineOf()
  const config = pod.containerConfig({ command: ['sh', '-c', 'echo $HOSTNAME; hostname; sleep 600'], cgroupParent, hostname: 'web-0' })
  const id = await later.createContainer(sandbox.id, config)
  await later.startContainer(id)
  await waitUntil('its words', async () => (await pod.log(id)) === 'web-0\nweb-0\n', { seen: () => pod.log(id) })
  assert.match((await engine.exec(id, ['cat', '/proc/1/net/fib_trie'])).stdout, new RegExp(`${sandbox.ips[0]}`))
  assert.match(await readFile(`/proc/${(await pod.container(id))?.pid}/cgroup`, 'utf8'), new RegExp(`${cgroupParent}/${id}`))
})

for (const handler of ['crun', 'runsc'])
  test(`a pod of the handler ${handler} runs by it`, async () => {
    const pod = await EnginePod.make(engine, busyboxImage)
    const sandbox = await pod.runSandbox({ runtimeHandler: handler })
    const id = await engine.createContainer(sandbox.id, pod.containerConfig({ command: ['sleep', '600'], runtimeHandler: handler }))
    await engine.startContainer(id)
    const { Runtime } = JSON.parse(await daemon.ctr('containers', 'info', id)) as { Runtime: { Options: { value: string } } }
    assert.match(Buffer.from(Runtime.Options.value, 'base64').toString('latin1'), new RegExp(`/${handler}\\b`))
    const { exitCode, stdout } = await engine.exec(id, ['uname', '-r'])
    assert.equal(exitCode, 0)
    // gVisor is a kernel of its own.
    assert.equal(stdout.trim() === release(), handler === 'crun', stdout)
    // Of gVisor's containers runc's shim never learns the end: containerd's own takes them along.
    if (handler === 'crun') await pod[Symbol.asyncDispose]()
  })

test('a handler that the runtime has not is refused in its words', async () => {
  await using pod = await EnginePod.make(engine, busyboxImage)
  await assert.rejects(pod.runSandbox({ runtimeHandler: 'kata' }), { message: /^rpc error: code = \w+ desc = .*no runtime for "kata" is configured/ })
})

test('a host port leads to the pod', async () => {
  await using pod = await EnginePod.make(engine, busyboxImage)
  const hostPort = 20_000 + Math.floor(Math.random() * 10_000)
  const sandbox = await pod.runSandbox({ portMappings: [{ containerPort: 8080, hostPort, protocol: 'TCP' }] })
  const id = await engine.createContainer(
    sandbox.id,
    pod.containerConfig({ command: ['sh', '-c', 'mkdir /www; echo hello > /www/index.html; httpd -f -p 8080 -h /www'] }),
  )
  await engine.startContainer(id)
  const page = async () => {
    const answer = await fetch(`http://127.0.0.1:${hostPort}/`).catch(() => undefined)
    return answer?.text()
  }
  // From this machine's own address: the way that a node's own clients take.
  await waitUntil(
    'the page',
    async () => (await page()) === 'hello\n' || (await engine.exec(id, ['wget', '-qO-', `http://${sandbox.ips[0]}:8080/`])).stdout === 'hello\n',
  )
})

test('a log that is too long is begun anew, and what follows is in the new one', async () => {
  await using pod = await EnginePod.make(engine, busyboxImage)
  // As a kubelet lays logs out.
  const { uid, name, namespace } = pod.identity
  const logs = join(root, 'pods')
  const directory = join(logs, `${namespace}_${name}_${uid}`)
  const sandbox = await pod.runSandbox({ logDirectory: directory })
  const script =
    'i=0; while [ $i -lt 200 ]; do echo "line $i of the first file"; i=$((i+1)); done; echo ready; while :; do sleep 0.1; [ -e /tmp/go ] && echo after && exit; done'
  const id = await engine.createContainer(sandbox.id, pod.containerConfig({ logPath: join(directory, 'main/0.log'), command: ['sh', '-c', script] }))
  await engine.startContainer(id)
  await pod.settled(id)
  const pieces: string[] = []
  const following = (async () => {
    for await (const piece of engine.logs(id, { follow: true, tailLines: 1 })) pieces.push(Buffer.from(piece).toString())
  })()
  await engine.rotateLogs?.(logs, { maxBytes: 1000, maxFiles: 3 })
  assert.equal((await readdir(join(directory, 'main'))).length, 2)
  await engine.exec(id, ['touch', '/tmp/go'])
  await following
  assert.equal(pieces.join(''), 'ready\nafter\n')
  assert.match(await readFile(join(directory, 'main/0.log'), 'utf8'), /^\S+ stdout F after\n$/)
  await engine.removeContainer(id)
  assert.deepEqual(await readdir(join(directory, 'main')), [])
})

test('a runtime that hangs costs a call, and one that is started again no container; what happened meanwhile is told', async () => {
  await using pod = await EnginePod.make(engine, busyboxImage)
  const lasting = await pod.run({ command: ['sleep', '600'] })
  const ending = await pod.run({ name: 'other', command: ['sh', '-c', 'while [ ! -e /tmp/go ]; do sleep 0.1; done; exit 5'] })
  const aborter = new AbortController()
  const told: EngineEvent[] = []
  const listening = (async () => {
    for await (const event of engine.events(aborter.signal)) told.push(event)
  })()
  const pid = (await pod.container(ending))?.pid
  await using hasty = engineOf(300)
  daemon.freeze()
  await assert.rejects(hasty.status(), { kind: 'timeout' })
  daemon.thaw()
  await daemon.restart()
  await waitUntil('the new one to answer', () =>
    engine.status().then(
      (problems) => problems.length === 0,
      () => false,
    ),
  )
  await waitUntil('the word that something may have been missed', () => told.some(({ type }) => type === 'resync'))
  assert.deepEqual([(await pod.container(lasting))?.state, (await pod.container(ending))?.pid], ['running', pid])
  await engine.exec(ending, ['touch', '/tmp/go'])
  await waitUntil('its end to be told', () => told.some((event) => event.type === 'container' && event.id === ending && event.change === 'exited'))
  assert.equal((await pod.container(ending))?.exitCode, 5)
  aborter.abort()
  await listening
})

test('what a container writes to its own file system is told, as the runtime measures it', async () => {
  await using pod = await EnginePod.make(engine, busyboxImage)
  const id = await pod.run({ command: ['sh', '-c', 'dd if=/dev/zero of=/big bs=1M count=8 2>/dev/null; sleep 600'] })
  const layer = async () => (await engine.writableLayers?.())?.get(id)
  // containerd measures each ten seconds.
  await waitUntil('the layer to be measured', async () => ((await layer())?.bytes ?? 0) >= 8 * 2 ** 20, { timeoutMs: 40_000, seen: layer })
})

test('the image of sandboxes is in use though no container has it, and is not removed', async () => {
  await using pod = await EnginePod.make(engine, busyboxImage)
  await pod.runSandbox()
  const image = (await engine.imageState('podsteward.test/pause:1'))?.id ?? ''
  assert.equal((await engine.imagesInUse()).has(image), true)
  await assert.rejects(engine.removeImage(image), { kind: 'invalid' })
})
