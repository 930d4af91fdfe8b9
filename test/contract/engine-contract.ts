import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ContainerEngine } from '../../src/engine/engine.ts'
import { eventContract } from './engine-events-contract.ts'
import { execContract } from './engine-exec-contract.ts'
import { failureContract } from './engine-failures-contract.ts'
import { EnginePod } from './engine-fixture.ts'
import { type EnginePrograms, shellPrograms } from './engine-programs.ts'
import { sandboxContract } from './engine-sandbox-contract.ts'
import { streamContract } from './engine-streams-contract.ts'

export interface EngineContractOptions {
  /** An image that is present and has `programs`. */
  readonly image: string
  /** Command lines of what the tests run. Default: a POSIX shell's. */
  readonly programs?: EnginePrograms
  /** The exit code of a container whose process could not be started. Default 127. */
  readonly cannotStartCode?: number
}

const missing = (kind: string) => (error: unknown) => (error as { kind?: string }).kind === kind

/** What every `ContainerEngine` must do; registers tests. The engine is made once and disposed of after them. */
export function engineContract(name: string, makeEngine: () => Promise<ContainerEngine>, options: EngineContractOptions): void {
  const { image, programs = shellPrograms } = options
  describe(`the ${name} engine`, () => {
    let engine: ContainerEngine
    before(async () => {
      engine = await makeEngine()
    })
    after(() => engine?.[Symbol.asyncDispose]())
    const aPod = () => EnginePod.make(engine, image)

    test('a sandbox is ready with an address, and keeps its labels, annotations and attempt', async () => {
      await using pod = await aPod()
      const made = await pod.runSandbox({ attempt: 3, labels: { app: 'web' }, annotations: { 'example.org/a.b': 'c=d' } })
      assert.equal(made.ready, true)
      assert.equal(made.ips.length > 0, true)
      const { sandboxes } = await engine.podState(pod.identity.uid)
      assert.deepEqual(sandboxes, [made])
      const { id: _id, ips: _ips, pid: _pid, createdAt: _createdAt, ...rest } = made
      assert.deepEqual(rest, {
        pod: pod.identity,
        attempt: 3,
        ready: true,
        networkMode: 'pod',
        labels: { app: 'web' },
        annotations: { 'example.org/a.b': 'c=d' },
      })
    })

    test('a sandbox or container of an attempt that exists is returned, not made again', async () => {
      await using pod = await aPod()
      const [first, second] = [await pod.runSandbox(), await pod.runSandbox()]
      assert.equal(second.id, first.id)
      const config = pod.containerConfig()
      const containers = [await engine.createContainer(first.id, config), await engine.createContainer(first.id, config)]
      assert.equal(containers[1], containers[0])
      assert.notEqual(await engine.createContainer(first.id, { ...config, attempt: 1 }), containers[0])
    })

    test('a stopped sandbox is not ready, has no address and takes its containers along', async () => {
      await using pod = await aPod()
      const id = await pod.run({ command: programs.sleep })
      const sandbox = await pod.runSandbox()
      await engine.stopSandbox(sandbox.id)
      await engine.stopSandbox(sandbox.id)
      const state = await engine.podState(pod.identity.uid)
      assert.deepEqual(
        state.sandboxes.map(({ ready, ips }) => ({ ready, ips })),
        [{ ready: false, ips: [] }],
      )
      assert.equal((await pod.container(id))?.state, 'exited')
      await engine.removeSandbox(sandbox.id)
      await engine.removeSandbox(sandbox.id)
      assert.deepEqual(await engine.podState(pod.identity.uid), { sandboxes: [], containers: [] })
    })

    test('a container goes from created to running to exited, with its times in order', async () => {
      await using pod = await aPod()
      const sandbox = await pod.runSandbox()
      const id = await engine.createContainer(
        sandbox.id,
        pod.containerConfig({ command: programs.exit(0), labels: { l: '1' }, annotations: { a: '2' }, attempt: 7 }),
      )
      const created = await pod.container(id)
      assert.equal(created?.state, 'created')
      assert.deepEqual([created.startedAt, created.finishedAt, created.exitCode], [undefined, undefined, undefined])
      assert.deepEqual([created.labels, created.annotations, created.attempt, created.sandboxId], [{ l: '1' }, { a: '2' }, 7, sandbox.id])
      await engine.startContainer(id)
      const { startedAt = 0, finishedAt = 0, createdAt } = await pod.ended(id)
      assert.equal(createdAt <= startedAt && startedAt <= finishedAt, true)
    })

    for (const code of [0, 3, 42]) {
      test(`a container that exits ${code} says so`, async () => {
        await using pod = await aPod()
        const state = await pod.ended(await pod.run({ command: programs.exit(code) }))
        assert.deepEqual([state.exitCode, state.oomKilled], [code, false])
      })
    }

    test('a stop lets a container end by itself within the grace, and twice is fine', async () => {
      await using pod = await aPod()
      const id = await pod.run({ command: programs.exitOnTerm(7) })
      await pod.settled(id)
      await engine.stopContainer(id, 20)
      assert.equal((await pod.container(id))?.exitCode, 7)
      await engine.stopContainer(id, 20)
    })

    test('a container that ignores SIGTERM is killed after the grace', async () => {
      await using pod = await aPod()
      const id = await pod.run({ command: programs.ignoreTerm })
      await pod.settled(id)
      const begun = performance.now()
      await engine.stopContainer(id, 1)
      assert.equal((await pod.container(id))?.exitCode, 137)
      assert.equal(performance.now() - begun >= 900, true)
    })

    test('a stop without grace kills at once', async () => {
      await using pod = await aPod()
      const id = await pod.run({ command: programs.ignoreTerm })
      await engine.stopContainer(id, 0)
      assert.deepEqual([(await pod.container(id))?.state, (await pod.container(id))?.exitCode], ['exited', 137])
    })

    test('stopping or removing what is gone succeeds; starting it is not found', async () => {
      await using pod = await aPod()
      const id = await pod.run()
      await engine.removeContainer(id)
      await engine.removeContainer(id)
      await engine.stopContainer(id, 1)
      await engine.stopContainer(id, 0)
      assert.equal(await pod.container(id), undefined)
      await assert.rejects(engine.startContainer(id), missing('not-found'))
    })

    test('a pod’s state lists each name newest attempt first', async () => {
      await using pod = await aPod()
      const sandbox = await pod.runSandbox()
      for (const [container, attempt] of [
        ['b', 0],
        ['a', 0],
        ['b', 1],
        ['a', 1],
      ] as const) {
        await engine.createContainer(sandbox.id, pod.containerConfig({ name: container, attempt }))
      }
      const { containers } = await engine.podState(pod.identity.uid)
      assert.deepEqual(
        containers.map((state) => `${state.name}${state.attempt}`),
        ['a1', 'a0', 'b1', 'b0'],
      )
    })

    test('the list of pods changes its fingerprint with the pod, and with nothing else', async () => {
      await using pod = await aPod()
      const summary = async () => (await engine.listPods()).find((row) => row.pod.uid === pod.identity.uid)
      const id = await pod.run()
      const running = await summary()
      const sandbox = await pod.runSandbox()
      assert.deepEqual([running?.pod, running?.running, running?.sandboxIds], [pod.identity, [id], [sandbox.id]])
      assert.equal((await summary())?.fingerprint, running?.fingerprint)
      await engine.stopContainer(id, 0)
      const stopped = await summary()
      assert.deepEqual(stopped?.running, [])
      assert.notEqual(stopped?.fingerprint, running?.fingerprint)
      await engine.removeContainer(id)
      assert.notEqual((await summary())?.fingerprint, stopped?.fingerprint)
    })

    test('an image that is present has a state and is listed; one that is not is undefined', async () => {
      const state = await engine.imageState(image)
      assert.match(state?.id ?? '', /^sha256:/)
      assert.equal(state?.repoTags.includes(image), true)
      assert.deepEqual(await engine.imageState(state?.id ?? ''), state)
      assert.equal(
        (await engine.listImages()).some(({ id }) => id === state?.id),
        true,
      )
      assert.equal(await engine.imageState('podsteward.test/nothing:0'), undefined)
    })

    test('the image of a container is in use, whether it runs or not, until the container is gone', async () => {
      await using pod = await aPod()
      const used = (await engine.imageState(image))?.id ?? ''
      const sandbox = await pod.runSandbox()
      const id = await engine.createContainer(sandbox.id, pod.containerConfig())
      assert.equal((await engine.imagesInUse()).has(used), true)
      await assert.rejects(engine.removeImage(used), missing('invalid'))
      await engine.removeContainer(id)
    })

    test('a container of an image that is not present is refused as such', async () => {
      await using pod = await aPod()
      const sandbox = await pod.runSandbox()
      const create = engine.createContainer(sandbox.id, pod.containerConfig({ image: 'podsteward.test/nothing:0' }))
      await assert.rejects(create, missing('image-not-found'))
    })

    test('a pull says why it failed', async () => {
      await assert.rejects(engine.pullImage('Not A Reference'), missing('invalid-image-name'))
      // Port 1 of this machine: nobody listens there.
      await assert.rejects(engine.pullImage('127.0.0.1:1/nothing:1'), missing('registry-unavailable'))
    })

    sandboxContract(() => engine, aPod, programs)
    failureContract(() => engine, aPod, programs, options.cannotStartCode ?? 127)
    execContract(aPod, programs)
    streamContract(aPod, programs)
    eventContract(() => engine, aPod, programs)
  })
}
