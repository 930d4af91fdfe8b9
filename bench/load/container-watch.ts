import { isDeepStrictEqual } from 'node:util'
import type { ContainerEngine, ContainerState, SandboxState } from '../../src/engine/engine.ts'

type Held = ReadonlyMap<string, SandboxState | ContainerState>

/** Whether anything happens to the containers (and sandboxes) of a namespace's pods, as their engine has it. */
export class ContainerWatch implements AsyncDisposable {
  readonly #engine: ContainerEngine
  readonly #namespace: string
  readonly #before: Held
  readonly #stop: AbortController
  /** By what the engine's stream of events says. */
  readonly #touched: Set<string>
  readonly #following: Promise<void>

  private constructor(engine: ContainerEngine, namespace: string, before: Held, stop: AbortController, touched: Set<string>, following: Promise<void>) {
    this.#engine = engine
    this.#namespace = namespace
    this.#before = before
    this.#stop = stop
    this.#touched = touched
    this.#following = following
  }

  /** Watches from now on. */
  static async begin(engine: ContainerEngine, namespace: string): Promise<ContainerWatch> {
    const stop = new AbortController()
    const touched = new Set<string>()
    const following = (async () => {
      for await (const event of engine.events(stop.signal)) if (event.type !== 'resync' && event.pod.namespace === namespace) touched.add(event.id)
    })()
    // Told of where it is waited for.
    following.catch(() => {})
    return new ContainerWatch(engine, namespace, await held(engine, namespace), stop, touched, following)
  }

  /** How many were made, started, ended, removed, or are in any way other than they were: not the same process, start or limits. Ends the watch. */
  async touched(): Promise<number> {
    const now = await held(this.#engine, this.#namespace)
    this.#stop.abort()
    await this.#following
    const touched = new Set(this.#touched)
    for (const id of new Set([...this.#before.keys(), ...now.keys()])) if (!isDeepStrictEqual(this.#before.get(id), now.get(id))) touched.add(id)
    return touched.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#following.catch(() => {})
  }
}

async function held(engine: ContainerEngine, namespace: string): Promise<Held> {
  const found = new Map<string, SandboxState | ContainerState>()
  for (const { pod } of await engine.listPods()) {
    if (pod.namespace !== namespace) continue
    const { sandboxes, containers } = await engine.podState(pod.uid)
    for (const each of [...sandboxes, ...containers]) found.set(each.id, each)
  }
  return found
}
