import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import { createCriEngine } from '../../../../src/engine/cri/cri-engine.ts'
import type { EngineEvent } from '../../../../src/engine/engine.ts'
import { containers } from '../../../../src/protobuf/cri/container.ts'
import { runtime } from '../../../../src/protobuf/cri/runtime.ts'
import { sandboxes } from '../../../../src/protobuf/cri/sandbox.ts'
import { FakeRuntime } from '../../../support/fake-runtime.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const labels = { 'io.kubernetes.pod.uid': 'u', 'io.kubernetes.pod.name': 'p', 'io.kubernetes.pod.namespace': 'n', 'io.kubernetes.container.name': 'c' }

/** A runtime whose containers the test changes, and what its engine tells of them. */
class Scene implements AsyncDisposable {
  readonly fake: FakeRuntime
  readonly told: string[] = []
  /** State by id. */
  readonly containers = new Map<string, number>()
  readonly #aborter = new AbortController()
  readonly #listening: Promise<void>

  private constructor(fake: FakeRuntime) {
    this.fake = fake
    const engine = createCriEngine({ endpoint: fake.endpoint, clock: systemClock, log: silentLogger })
    const say = (event: EngineEvent) => (event.type === 'resync' ? 'resync' : `${event.id} ${event.change}`)
    this.#listening = (async () => {
      for await (const event of engine.events(this.#aborter.signal)) this.told.push(say(event))
      await engine[Symbol.asyncDispose]()
    })()
  }

  static async begin(prepare: (fake: FakeRuntime) => void): Promise<Scene> {
    const fake = await FakeRuntime.make()
    prepare(fake)
    const scene = new Scene(fake)
    fake.on(sandboxes.list, () => ({ items: [] }))
    fake.on(containers.list, () => ({
      containers: [...scene.containers].map(([id, state]) => ({ id, podSandboxId: 's', metadata: { name: 'c', attempt: 0 }, state, labels })),
    }))
    await fake.start()
    return scene
  }

  async hears(...expected: string[]): Promise<void> {
    await waitUntil(`${expected}`, () => expected.every((each) => this.told.includes(each)), { seen: () => this.told })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#aborter.abort()
    await this.#listening
    await this.fake[Symbol.asyncDispose]()
  }
}

const tell = (scene: Scene, containerEventType: number, state: number, reason = '') =>
  scene.fake.send(runtime.events, {
    ...{ containerId: 'a', containerEventType, createdAt: 1_000_000_000n },
    containersStatuses: [{ id: 'a', metadata: { name: 'c', attempt: 0 }, labels, state, reason }],
    podSandboxStatus: { id: 's', labels },
  })

test('where a runtime has CRI’s own events they are used: each step once, though a list shows it too', async () => {
  await using scene = await Scene.begin((fake) => fake.streams(runtime.events))
  await waitUntil('the watch', () => scene.fake.listeners(runtime.events) === 1)
  tell(scene, 0, 0)
  tell(scene, 1, 1)
  tell(scene, 1, 1)
  tell(scene, 2, 2, 'OOMKilled')
  await scene.hears('a oom')
  scene.fake.send(runtime.events, { containerId: 'a', containerEventType: 3, createdAt: 2n, podSandboxStatus: { id: 's', labels } })
  await scene.hears('a removed')
  assert.deepEqual(scene.told, ['a created', 'a started', 'a exited', 'a oom', 'a removed'])
})

test('a watch that broke is taken up again; what happened meanwhile is told, and that more may have been missed', async () => {
  await using scene = await Scene.begin((fake) => fake.streams(runtime.events))
  await waitUntil('the watch', () => scene.fake.listeners(runtime.events) === 1)
  tell(scene, 0, 0)
  tell(scene, 1, 1)
  await scene.hears('a started')
  scene.containers.set('a', 2).set('b', 1)
  scene.fake.stop()
  await scene.fake.start()
  await scene.hears('resync')
  assert.deepEqual(scene.told, ['a created', 'a started', 'a exited', 'b created', 'b started', 'resync'])
  scene.containers.delete('a')
  scene.fake.stop()
  await scene.fake.start()
  await scene.hears('a removed')
})

test('a runtime without any events is listed', async () => {
  await using scene = await Scene.begin(() => {})
  await waitUntil('a list', () => scene.fake.calls.length >= 4)
  scene.containers.set('a', 0)
  await scene.hears('a created')
  scene.containers.set('a', 2)
  await scene.hears('a exited')
  scene.containers.delete('a')
  await scene.hears('a removed')
  assert.deepEqual(scene.told, ['a created', 'a exited', 'a removed'])
})
