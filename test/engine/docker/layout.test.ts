import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import Docker from 'dockerode'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { createDockerEngine } from '../../../src/engine/docker/docker-engine.ts'
import type { ContainerEngine, ContainerId } from '../../../src/engine/engine.ts'
import { EnginePod } from '../../contract/engine-fixture.ts'
import { busyboxImage, ensureBusybox } from '../../support/images.ts'
import { testDockerSocket } from '../../support/test-docker.ts'
import { waitUntil } from '../../support/wait-until.ts'

const kind = (expected: string) => (error: unknown) => (error as { kind?: string }).kind === expected

describe('on Docker', () => {
  let engine: ContainerEngine
  let docker: Docker
  before(async () => {
    await ensureBusybox(testDockerSocket())
    docker = new Docker({ socketPath: testDockerSocket() })
    engine = createDockerEngine({ endpoint: `unix://${testDockerSocket()}`, clock: systemClock, log: silentLogger })
  })
  after(() => engine?.[Symbol.asyncDispose]())
  const aPod = () => EnginePod.make(engine, busyboxImage)
  const said = async (id: ContainerId, ...command: string[]) => (await engine.exec(id, command)).stdout.trim()

  test('a pod’s containers have the names and labels dockershim gave them', async () => {
    await using pod = await aPod()
    const { uid, name, namespace } = pod.identity
    const sandbox = await pod.runSandbox({ attempt: 1 })
    const logPath = join(pod.logDirectory, 'main', '2.log')
    const id = await engine.createContainer(sandbox.id, pod.containerConfig({ attempt: 2, logPath, annotations: { 'io.kubernetes.container.hash': 'f00' } }))
    const [pause, main] = [await docker.getContainer(sandbox.id).inspect(), await docker.getContainer(id).inspect()]
    assert.equal(pause.Name, `/k8s_POD_${name}_${namespace}_${uid}_1`)
    assert.equal(main.Name, `/k8s_main_${name}_${namespace}_${uid}_2`)
    const identity = { 'io.kubernetes.pod.name': name, 'io.kubernetes.pod.namespace': namespace, 'io.kubernetes.pod.uid': uid }
    assert.deepEqual(pause.Config.Labels, { ...identity, 'io.kubernetes.container.name': 'POD', 'io.kubernetes.docker.type': 'podsandbox' })
    assert.deepEqual(main.Config.Labels, {
      ...identity,
      'io.kubernetes.container.name': 'main',
      'io.kubernetes.docker.type': 'container',
      'io.kubernetes.sandbox.id': sandbox.id,
      'io.kubernetes.container.logpath': logPath,
      'annotation.io.kubernetes.container.hash': 'f00',
      'io.podsteward.image-spec': busyboxImage,
    })
  })

  test('sandboxes whose network something else made are told from those of Docker’s, and from other containers', async () => {
    await using pod = await aPod()
    await pod.runSandbox()
    assert.equal(await engine.foreignSandboxes?.(), 0)
    const make = (Labels: Record<string, string>) =>
      docker.createContainer({ Image: busyboxImage, Cmd: ['sleep', '600'], Labels, HostConfig: { NetworkMode: 'none' } })
    const made = [await make({ 'io.kubernetes.docker.type': 'podsandbox' }), await make({})]
    try {
      for (const container of made) await container.start()
      assert.equal(await engine.foreignSandboxes?.(), 1)
    } finally {
      for (const container of made) await container.remove({ force: true })
    }
  })

  test('containers share the sandbox’s network, host name and IPC, and processes when the pod asks for it', async () => {
    await using pod = await aPod()
    const shared = { network: 'pod', pid: 'pod', ipc: 'pod' } as const
    const sandbox = await pod.runSandbox({ hostname: 'web-0', namespaces: shared })
    const [a, b] = [await pod.run({ name: 'a', namespaces: shared }), await pod.run({ name: 'b' })]
    const namespace = (id: ContainerId, type: string) => said(id, 'readlink', `/proc/self/ns/${type}`)
    assert.deepEqual([await said(a, 'hostname'), await said(b, 'hostname')], ['web-0', 'web-0'])
    for (const type of ['net', 'ipc']) assert.equal(await namespace(a, type), await namespace(b, type))
    assert.match(await said(a, 'cat', '/proc/1/cmdline'), /^\/pause/)
    assert.match(await said(b, 'cat', '/proc/1/cmdline'), /^sleep/)
    assert.match(await said(a, 'ip', '-4', 'addr', 'show', 'eth0'), new RegExp(` ${sandbox.ips[0]?.replaceAll('.', '[.]')}/`))
  })

  test('DNS settings are the pod’s', async () => {
    await using pod = await aPod()
    await pod.runSandbox({ dns: { servers: ['10.9.8.7'], searches: ['a.test', 'b.test'], options: ['ndots:5'] } })
    const resolv = await said(await pod.run(), 'cat', '/etc/resolv.conf')
    assert.deepEqual(
      resolv
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .sort(),
      ['nameserver 10.9.8.7', 'options ndots:5', 'search a.test b.test'],
    )
  })

  test('a log is where Kubernetes looks for it, and goes with the container', async () => {
    await using pod = await aPod()
    const logPath = join(pod.logDirectory, 'main', '0.log')
    const id = await pod.run({ command: ['echo', 'hello'], logPath })
    await pod.ended(id)
    assert.match(await readFile(logPath, 'utf8'), /"log":"hello\\n"/)
    assert.equal((await pod.container(id))?.logPath, logPath)
    const { name, namespace } = pod.identity
    const collected = join(pod.logDirectory, '../../containers', `${name}_${namespace}_main-${id}.log`)
    assert.equal(await readlink(collected), logPath)
    await engine.removeContainer(id)
    for (const link of [logPath, collected]) await assert.rejects(readlink(link), { code: 'ENOENT' })
  })

  test('a mount is there, read-only where asked; one without a source is refused and not made', async () => {
    await using pod = await aPod()
    const source = join(pod.logDirectory, 'volume')
    await mkdir(source)
    await writeFile(join(source, 'file'), 'content')
    const mounts = [{ hostPath: source, containerPath: '/data', readOnly: true, propagation: 'private' as const }]
    const id = await pod.run({ mounts })
    assert.equal(await said(id, 'cat', '/data/file'), 'content')
    assert.notEqual((await engine.exec(id, ['touch', '/data/other'])).exitCode, 0)
    assert.deepEqual((await pod.container(id))?.mounts, mounts)
    const absent = join(pod.logDirectory, 'absent')
    const refused = pod.run({ name: 'b', mounts: [{ hostPath: absent, containerPath: '/data', readOnly: false }] })
    await assert.rejects(refused, kind('invalid'))
    await assert.rejects(readFile(absent), { code: 'ENOENT' })
  })

  test('command and args replace the image’s as in Kubernetes', async () => {
    await using pod = await aPod()
    const sandbox = await pod.runSandbox()
    const commandLine = async (name: string, command: string[], args: string[]) => {
      const id = await engine.createContainer(sandbox.id, pod.containerConfig({ name, command, args }))
      const { Path, Args } = await docker.getContainer(id).inspect()
      return [Path, ...Args]
    }
    assert.deepEqual(await commandLine('neither', [], []), ['sh'])
    assert.deepEqual(await commandLine('args', [], ['ls', '-l']), ['ls', '-l'])
    assert.deepEqual(await commandLine('command', ['ls'], []), ['ls'])
    assert.deepEqual(await commandLine('both', ['ls'], ['-l']), ['ls', '-l'])
  })

  test('a program that is not there cannot run, and its container says why', async () => {
    await using pod = await aPod()
    const sandbox = await pod.runSandbox()
    const id = await engine.createContainer(sandbox.id, pod.containerConfig({ command: ['/no/such/program'] }))
    await assert.rejects(engine.startContainer(id), kind('cannot-run'))
    const state = await pod.container(id)
    assert.deepEqual([state?.state, state?.exitCode], ['exited', 127])
    assert.match(state?.error ?? '', /no such file/)
  })

  test('user, groups, capabilities, root file system and privileges are as asked', async () => {
    await using pod = await aPod()
    const security = {
      runAsUser: '1000',
      runAsGroup: 2000,
      supplementalGroups: [3000],
      noNewPrivileges: true,
      readOnlyRootFilesystem: true,
      capabilities: { add: [], drop: ['ALL'] },
      seccompProfile: 'unconfined',
      maskedPaths: [],
      readonlyPaths: [],
    }
    const id = await pod.run({ security })
    assert.deepEqual([await said(id, 'id', '-u'), await said(id, 'id', '-g'), await said(id, 'id', '-G')], ['1000', '2000', '2000 3000'])
    const status = await said(id, 'cat', '/proc/1/status')
    for (const line of [/^CapBnd:\s*0+$/m, /^NoNewPrivs:\s*1$/m, /^Seccomp:\s*0$/m]) assert.match(status, line)
    assert.notEqual((await engine.exec(id, ['touch', '/tmp/file'])).exitCode, 0)
    assert.deepEqual((await pod.container(id))?.user, { uid: 1000, gid: 2000, supplementalGroups: [2000, 3000] })
  })

  test('resources reach the cgroup, and may be changed while it runs', async () => {
    await using pod = await aPod()
    const MiB = 1024 * 1024
    const id = await pod.run({
      resources: { cpuShares: 256, cpuQuota: 50_000, cpuPeriod: 100_000, memoryLimitBytes: 32 * MiB, oomScoreAdj: 900, pidsLimit: 50 },
    })
    assert.deepEqual((await pod.container(id))?.resources, {
      cpuShares: 256,
      cpuQuota: 50_000,
      cpuPeriod: 100_000,
      memoryLimitBytes: 32 * MiB,
      oomScoreAdj: 900,
      pidsLimit: 50,
    })
    assert.equal(await said(id, 'cat', '/proc/1/oom_score_adj'), '900')
    await engine.updateResources(id, { cpuShares: 512, memoryLimitBytes: 64 * MiB })
    const { resources } = (await pod.container(id)) ?? {}
    assert.deepEqual([resources?.cpuShares, resources?.memoryLimitBytes, resources?.cpuQuota], [512, 64 * MiB, 50_000])
  })

  test('an oom_score_adj below what the agent may set does not keep a container from starting', async () => {
    await using pod = await aPod()
    const id = await pod.run({ resources: { oomScoreAdj: -997 } })
    assert.equal((await pod.container(id))?.state, 'running')
  })

  test('a container that uses more memory than its limit is OOM killed', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: ['sh', '-c', 'tail /dev/zero'], resources: { memoryLimitBytes: 8 * 1024 * 1024 } })
    const state = await pod.ended(id)
    assert.deepEqual([state.oomKilled, state.exitCode, state.signal], [true, 137, 9])
  })

  test('a host port reaches the container; one that is taken fails the sandbox and leaves nothing', async () => {
    await using pod = await aPod()
    await using other = await aPod()
    const server = createServer().listen(0)
    await once(server, 'listening')
    const { port: hostPort } = server.address() as AddressInfo
    const portMappings = [{ containerPort: 8080, hostPort, protocol: 'TCP' as const }]
    await assert.rejects(other.runSandbox({ portMappings }))
    assert.deepEqual(await engine.podState(other.identity.uid), { sandboxes: [], containers: [] })
    server.close()
    await once(server, 'close')
    await pod.runSandbox({ portMappings })
    await pod.run({ command: ['nc', '-ll', '-p', '8080', '-e', 'echo', 'served'] })
    const answer = await waitUntil('an answer on the host port', async () => {
      const socket = connect(hostPort, '127.0.0.1')
      let text = ''
      for await (const piece of socket) text += piece
      return text !== '' && text
    })
    assert.equal(answer.trim(), 'served')
  })

  test('a command that timed out does not go on', async () => {
    await using pod = await aPod()
    const id = await pod.run()
    await assert.rejects(engine.exec(id, ['sleep', '4321'], { timeoutMs: 200 }), kind('timeout'))
    await waitUntil('the command to be gone', async () => !(await said(id, 'ps')).includes('sleep 4321'), { timeoutMs: 20_000 })
  })

  test('a terminal’s output comes as one stream, and its size can be set', async () => {
    await using pod = await aPod()
    const id = await pod.run()
    const session = await engine.execStream(id, ['sh', '-c', 'read line; stty size; exit 4'], { stdin: true, stdout: true, stderr: true, tty: true })
    await session.resize({ width: 101, height: 33 })
    session.stdin?.write('go\n')
    let output = ''
    for await (const piece of session.stdout) output += Buffer.from(piece)
    assert.match(output, /33 101/)
    assert.equal(await session.exit, 4)
    assert.equal(session.stderr, undefined)
  })

  test('attaching gives the container’s own streams and its exit code', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: ['sh', '-c', 'read line; echo "got $line"; echo bad >&2; exit 6'], stdin: true, stdinOnce: true })
    const session = await engine.attach(id, { stdin: true, stdout: true, stderr: true, tty: false })
    session.stdin?.write('this\n')
    const read = async (stream: Readable | undefined) => {
      let text = ''
      for await (const piece of stream ?? []) text += Buffer.from(piece)
      return text
    }
    assert.deepEqual(await Promise.all([read(session.stdout), read(session.stderr)]), ['got this\n', 'bad\n'])
    assert.equal(await session.exit, 6)
    await session.close()
  })
})
