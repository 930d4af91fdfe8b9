import { isDeepStrictEqual } from 'node:util'
import { KubeError } from '../../../kube/client.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import { isAbout } from '../../apiserver/admission/quota/check.ts'
import { countedBy, evaluatorOf } from '../../apiserver/admission/quota/evaluator.ts'
import { quotaLedgerOf } from '../../apiserver/admission/quota/ledger.ts'
import { added, listOf, masked, none, type Usage } from '../../apiserver/admission/quota/quantities.ts'
import type { ResourceQuota } from '../../apiserver/admission/quota/quota-kind.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'

const resource = 'resourcequotas'

/**
 * kube-controller-manager's resourcequota: says in a quota's status what it allows and how much of it is used, and gives back what has gone. It counts anew
 * all that a quota counts, from memory, once for however many changes came in one turn.
 */
export class ResourceQuotaController {
  readonly #options: SchedulerOptions
  /** By namespace, then by name. */
  readonly #quotas = new Map<string, Map<string, ResourceQuota>>()
  /** Resources that some quota counts, by the end of their observing. */
  readonly #observed = new Map<string, () => void>()
  /** What an object uses, worked out once: a stored object never changes. */
  readonly #usages = new WeakMap<KubeObject, Usage>()
  readonly #dirty = new Set<string>()
  #wake: () => void = () => {}

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    const { backend, signal } = this.#options
    quotaLedgerOf(backend).whenReleased((namespace) => this.#touch(namespace))
    const stop = backend.observe(resource, ({ object, gone }) => this.#onQuota(object, gone))
    const end = () => this.#wake()
    signal.addEventListener('abort', end, { once: true })
    try {
      while (!signal.aborted) {
        if (this.#dirty.size === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
        await new Promise((resolve) => setImmediate(resolve))
        const namespaces = [...this.#dirty]
        this.#dirty.clear()
        for (const namespace of namespaces) for (const quota of [...(this.#quotas.get(namespace)?.values() ?? [])]) if (!signal.aborted) await this.#sync(quota)
      }
    } finally {
      signal.removeEventListener('abort', end)
      stop()
      for (const unobserve of this.#observed.values()) unobserve()
    }
  }

  #touch(namespace: string): void {
    this.#dirty.add(namespace)
    this.#wake()
  }

  #onQuota(quota: ResourceQuota, gone: boolean): void {
    const { namespace = '', name = '' } = quota.metadata ?? {}
    const quotas = this.#quotas.get(namespace) ?? new Map<string, ResourceQuota>()
    const before = quotas.get(name)
    if (gone) quotas.delete(name)
    else quotas.set(name, quota)
    if (quotas.size > 0) this.#quotas.set(namespace, quotas)
    else this.#quotas.delete(namespace)
    // A charge changes the status alone, and is right already.
    if (gone || (before && isDeepStrictEqual(before.spec, quota.spec) && isDeepStrictEqual(quota.status?.hard, quota.spec?.hard))) return
    for (const counted of Object.keys(quota.spec?.hard ?? {})) this.#observe(countedBy(counted))
    this.#touch(namespace)
  }

  #observe(counted: string | undefined): void {
    if (counted === undefined || this.#observed.has(counted)) return
    let began = false
    try {
      const stop = this.#options.backend.observe(counted, ({ object, gone, previous }) => {
        const namespace = object.metadata?.namespace ?? ''
        // What is new was charged as it came.
        if (began && this.#quotas.has(namespace) && (gone || (previous && this.#changes(counted, object, previous)))) this.#touch(namespace)
      })
      began = true
      this.#observed.set(counted, stop)
    } catch (error) {
      // Of a kind that is not served, yet.
      if (!(error instanceof KubeError) || error.code !== 404) throw error
    }
  }

  #changes(counted: string, object: KubeObject, previous: KubeObject): boolean {
    return !isDeepStrictEqual(listOf(this.#usage(counted, object)), listOf(this.#usage(counted, previous)))
  }

  #usage(counted: string, object: KubeObject): Usage {
    const known = this.#usages.get(object)
    if (known) return known
    const usage = evaluatorOf(namedBy(counted))?.usage(object, this.#options.clock.wall()) ?? new Map()
    // What is being deleted is free at a time, not by a change.
    if (!object.metadata?.deletionTimestamp) this.#usages.set(object, usage)
    return usage
  }

  async #sync(quota: ResourceQuota): Promise<void> {
    const { backend, log } = this.#options
    const { namespace = '', name = '' } = quota.metadata ?? {}
    try {
      const current = this.#quotas.get(namespace)?.get(name)
      if (!current) return
      const hard = current.spec?.hard ?? {}
      const used = listOf(await this.#used(current))
      if (isDeepStrictEqual({ ...current.status?.hard }, { ...hard }) && isDeepStrictEqual({ ...current.status?.used }, used)) return
      await backend.update({ resource, namespace, name }, { ...current, status: { ...current.status, hard, used } } as ResourceQuota, { subresource: 'status' })
    } catch (error) {
      if (error instanceof KubeError && error.code === 404) return
      // Somebody charged meanwhile: counted again.
      if (error instanceof KubeError && error.code === 409) return this.#touch(namespace)
      log.warn('the usage of a quota could not be written', { namespace, quota: name, error: String(error) })
    }
  }

  /** All that the quota's objects use together, those too that are charged and not stored yet; a name that nothing counts is left out. */
  async #used(quota: ResourceQuota): Promise<Usage> {
    const { backend } = this.#options
    const namespace = quota.metadata?.namespace ?? ''
    const hard = Object.keys(quota.spec?.hard ?? {})
    let total = new Map<string, typeof none>()
    for (const counted of new Set(hard.map(countedBy))) {
      const evaluator = counted === undefined ? undefined : evaluatorOf(namedBy(counted))
      if (counted === undefined || !evaluator) continue
      this.#observe(counted)
      if (!this.#observed.has(counted)) continue
      const names = new Set(hard.filter((name) => evaluator.counts(name)))
      for (const name of names) total.set(name, total.get(name) ?? none)
      const { items } = await backend.list({ resource: counted, namespace })
      const stored = new Map(items.map((object) => [object.metadata?.name, object]))
      for (const { resource: of, object, oldVersion } of quotaLedgerOf(backend).reserved(namespace)) {
        const present = stored.get(object.metadata?.name)
        // Stored by now, in the very version that was charged or a later one.
        const isThere = present !== undefined && present.metadata?.resourceVersion !== oldVersion
        if (of === counted && !isThere) stored.set(object.metadata?.name, object)
      }
      for (const object of stored.values()) if (isAbout(quota, evaluator, object, names)) total = added(total, masked(this.#usage(counted, object), names))
    }
    return total
  }
}

/** `jobs.batch` in its parts. */
function namedBy(name: string): { readonly group: string; readonly resource: string } {
  const dot = name.indexOf('.')
  return dot < 0 ? { group: '', resource: name } : { group: name.slice(dot + 1), resource: name.slice(0, dot) }
}
