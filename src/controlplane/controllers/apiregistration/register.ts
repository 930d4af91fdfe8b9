import type { APIService } from '../../apiserver/kinds/apiregistration/api-services.ts'
import type { ServedKinds } from '../../apiserver/rest/environment.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { builtInPriority, customPriority } from './priorities.ts'

const resource = 'apiservices.apiregistration.k8s.io'
const managed = 'kube-aggregator.kubernetes.io/automanaged'

/** The APIServices of what is served here, by their names; its own group has none. */
export function servicesOf(kinds: ServedKinds['all']): ReadonlyMap<string, APIService> {
  const services = new Map<string, APIService>()
  for (const { group, version } of kinds) {
    const name = `${version}.${group}`
    if (group === 'apiregistration.k8s.io' || services.has(name)) continue
    const priority = builtInPriority(group, version)
    const labels = { [managed]: priority ? 'onstart' : 'true' }
    services.set(name, { metadata: { name, labels }, spec: { ...(group && { group }), version, ...(priority ?? customPriority) } })
  }
  return services
}

/** Keeps an APIService for each group and version that is served here, until the signal aborts: those of custom resources come and go. */
export async function registerServices({ backend, kinds, signal, log }: SchedulerOptions & { readonly kinds: ServedKinds }): Promise<void> {
  let known: ReadonlyMap<string, APIService> = new Map()
  let last = Promise.resolve()
  const renew = async () => {
    const wanted = servicesOf(kinds.all)
    for (const [name, service] of wanted) if (!known.has(name)) await unless(backend.create({ resource }, structuredClone(service)))
    for (const name of known.keys()) if (!wanted.has(name)) await unregister(name)
    known = wanted
  }
  const unregister = async (name: string) => {
    const found = await unless(backend.get({ resource, name }))
    // One that somebody made is somebody's.
    if (found?.metadata?.labels?.[managed]) await unless(backend.delete({ resource, name }))
  }
  const inTurn = () => {
    last = last.then(renew).catch((error: unknown) => {
      if (!signal.aborted) log.warn('API services could not be registered', { error: String(error) })
    })
  }
  const forget = kinds.onChange(inTurn)
  inTurn()
  await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })))
  forget()
  await last
}
