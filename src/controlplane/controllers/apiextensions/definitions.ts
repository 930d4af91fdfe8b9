import { sleep } from '../../../base/clock.ts'
import { KubeError } from '../../../kube/client.ts'
import {
  type CrdCondition,
  type CustomResourceDefinition,
  cleanupFinalizer,
  conditionOf,
  crdResource,
  isConditionTrue,
  withCondition,
} from '../../apiserver/custom/custom-resource-definition.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'
import { follow, unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { statusOf } from './conditions.ts'
import { sameNames } from './names.ts'

type Finding = Omit<CrdCondition, 'lastTransitionTime'>

// apiextensions: after a minute it is said that objects do not go.
const patienceMs = 60_000

/** Accepts the names of custom resource definitions, says what is served, and empties those that are deleted. */
export class CustomResourceDefinitionController {
  readonly #options: SchedulerOptions
  readonly #known = new Map<string, CustomResourceDefinition>()
  /** The generations whose schemas were looked at, by name: they are large. */
  readonly #lookedAt = new Map<string, number | undefined>()
  /** Names of those that are being emptied. */
  readonly #emptying = new Map<string, Promise<void>>()

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    await follow(crdResource, this.#options, async (type, object) => {
      const crd = object as CustomResourceDefinition
      const name = crd.metadata?.name ?? ''
      const before = this.#known.get(name)
      if (type !== 'DELETED') this.#known.set(name, crd)
      else {
        this.#known.delete(name)
        this.#lookedAt.delete(name)
      }
      if (type !== 'DELETED') await this.#reconcile(crd)
      // Names that were let go may be had by others.
      if (type === 'DELETED' || (before && !sameNames(before, crd))) await this.#reconsider(crd)
    })
    await Promise.all(this.#emptying.values())
  }

  async #reconsider(gone: CustomResourceDefinition): Promise<void> {
    for (const other of [...this.#known.values()])
      if (other.spec.group === gone.spec.group && other.metadata?.name !== gone.metadata?.name && !isConditionTrue(other, 'NamesAccepted'))
        await this.#reconcile(other)
  }

  async #reconcile(crd: CustomResourceDefinition): Promise<void> {
    const name = crd.metadata?.name ?? ''
    if (crd.metadata?.deletionTimestamp) {
      if (crd.metadata.finalizers?.includes(cleanupFinalizer) && !this.#emptying.has(name)) {
        const emptying = this.#empty(crd).finally(() => this.#emptying.delete(name))
        this.#emptying.set(name, emptying)
      }
      return
    }
    const { generation } = crd.metadata ?? {}
    const lookedAt = this.#lookedAt.has(name) && this.#lookedAt.get(name) === generation
    const status = statusOf(crd, this.#known.values(), this.#time(), lookedAt)
    this.#lookedAt.set(name, generation)
    if (status === crd.status) return
    const written = await this.#write({ ...crd, status })
    if (written) this.#known.set(name, written)
  }

  /** Deletes what there is of the kind, and lets the definition go when nothing is left. */
  async #empty(crd: CustomResourceDefinition): Promise<void> {
    const { signal, log, clock } = this.#options
    const name = crd.metadata?.name ?? ''
    for (let delayMs = 1000; !signal.aborted; delayMs = Math.min(delayMs * 2, 60_000)) {
      try {
        return await this.#tryEmpty(name)
      } catch (error) {
        if (signal.aborted) return
        log.warn('the objects of a custom resource definition could not be deleted, trying again', { name, error: String(error) })
        await this.#say(name, {
          type: 'Terminating',
          status: 'True',
          reason: 'InstanceDeletionFailed',
          message: `could not issue all deletes: ${reasonOf(error)}`,
        })
        await sleep(clock, delayMs, signal).catch(() => {})
      }
    }
  }

  async #tryEmpty(name: string): Promise<void> {
    const { backend } = this.#options
    const message = 'CustomResource deletion is in progress'
    const crd = await this.#say(name, { type: 'Terminating', status: 'True', reason: 'InstanceDeletionInProgress', message })
    if (!crd) return
    const done = { type: 'Terminating', status: 'False' }
    if (!isConditionTrue(crd, 'Established')) return this.#release(name, { ...done, reason: 'NeverEstablished', message: 'resource was never established' })
    await backend.deleteCollection({ resource: name })
    await this.#waitUntilEmpty(name)
    if (!this.#options.signal.aborted) await this.#release(name, { ...done, reason: 'InstanceDeletionCompleted', message: 'removed all instances' })
  }

  async #waitUntilEmpty(name: string): Promise<void> {
    const { backend, signal, clock } = this.#options
    const remaining = new AbortController()
    const late = clock.setTimer(patienceMs, () => {
      const message = 'could not confirm zero CustomResources remaining: timed out waiting for the condition'
      void this.#say(name, { type: 'Terminating', status: 'True', reason: 'InstanceDeletionCheck', message }).catch(() => {})
    })
    const stop = () => remaining.abort()
    signal.addEventListener('abort', stop, { once: true })
    try {
      while (!signal.aborted) {
        const { items, resourceVersion } = await backend.list({ resource: name })
        if (items.length === 0) return
        for await (const { type } of backend.watch({ resource: name }, { resourceVersion, signal: remaining.signal })) if (type === 'DELETED') break
      }
    } finally {
      signal.removeEventListener('abort', stop)
      late.cancel()
    }
  }

  /** Writes a condition of the present definition; undefined when it is gone. */
  async #say(name: string, condition: Finding): Promise<CustomResourceDefinition | undefined> {
    return this.#change(name, (crd) => {
      const old = conditionOf(crd, condition.type)
      if (old?.status === condition.status && old.reason === condition.reason && old.message === condition.message) return crd
      return { ...crd, status: { ...crd.status, conditions: withCondition(crd.status?.conditions, condition, this.#time()) } }
    })
  }

  async #release(name: string, condition: Finding): Promise<void> {
    await this.#change(name, (crd) => ({
      ...crd,
      metadata: { ...crd.metadata, finalizers: crd.metadata?.finalizers?.filter((finalizer) => finalizer !== cleanupFinalizer) },
      status: { ...crd.status, conditions: withCondition(crd.status?.conditions, condition, this.#time()) },
    }))
  }

  async #change(name: string, change: (crd: CustomResourceDefinition) => CustomResourceDefinition): Promise<CustomResourceDefinition | undefined> {
    for (;;) {
      const crd = (await unless(this.#options.backend.get({ resource: crdResource, name }))) as CustomResourceDefinition | undefined
      if (!crd) return undefined
      const next = change(crd)
      if (next === crd) return crd
      const written = await this.#write(next)
      if (written) return written
    }
  }

  /** Undefined when somebody else wrote meanwhile: then there is another change to come. */
  async #write(crd: CustomResourceDefinition): Promise<CustomResourceDefinition | undefined> {
    const { backend } = this.#options
    const ref = { resource: crdResource, name: crd.metadata?.name ?? '' }
    return (await unless(backend.update(ref, crd, { subresource: 'status', fieldManager: 'kube-apiserver' }))) as CustomResourceDefinition | undefined
  }

  #time(): string {
    return timestamp(this.#options.clock.wall())
  }
}

const reasonOf = (error: unknown) => (error instanceof KubeError ? error.message : String(error))
