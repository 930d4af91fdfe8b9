import type { ApiBackend } from '../controlplane/rest/backend.ts'
import { KubeError } from '../kube/client.ts'
import type { ContainerStatus, CoreEvent, KubeObject, Node, Pod } from '../kube/objects.ts'
import { type NamedObject, targetOf } from './targets.ts'

/** What is waited for did not come. The message says what it is stuck on. */
export class WaitError extends Error {
  override readonly name = 'WaitError'
}

/** The name of a condition that is to be True (`Ready`), a phase (`Succeeded`), `Deleted`, or a test of the object. */
export type Awaited<T extends KubeObject> = string | ((object: T) => boolean)

export interface WaitOptions {
  /** Real milliseconds, whatever the cluster's clock does; default 10 000. */
  readonly timeoutMs?: number
  /** Of `pod/name`; default `default`. */
  readonly namespace?: string
}

/** Watches one object until it is as awaited, and returns it; undefined when it was to be deleted. */
export async function waitFor<T extends KubeObject>(
  backend: ApiBackend,
  what: string,
  awaited: Awaited<T>,
  { timeoutMs = 10_000, namespace = 'default' }: WaitOptions,
  hint: () => string,
): Promise<T | undefined> {
  const target = targetOf(what, namespace)
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), timeoutMs)
  const options = { fieldSelector: `metadata.name=${target.name}`, signal: timeout.signal }
  let last: KubeObject | undefined
  try {
    last = await backend.get(target).catch((error: unknown) => {
      if (error instanceof KubeError && error.code === 404) return undefined
      throw error
    })
    if (last === undefined && awaited === 'Deleted') return undefined
    for await (const event of backend.watch(target, options)) {
      last = event.type === 'DELETED' ? undefined : event.object
      if (awaited === 'Deleted') {
        if (event.type === 'DELETED') return undefined
      } else if (event.type !== 'DELETED' && holds(event.object as T, awaited)) return structuredClone(event.object) as T
    }
  } finally {
    clearTimeout(timer)
  }
  const wanted = typeof awaited === 'string' ? awaited : 'as awaited'
  const state = last === undefined ? 'there is none' : describe(last)
  const events = await lastEvents(backend, target)
  throw new WaitError(`${what} (namespace ${target.namespace || 'none'}) is not ${wanted} after ${timeoutMs} ms: ${state}${events}${hint()}`)
}

function holds<T extends KubeObject>(object: T, awaited: Awaited<T>): boolean {
  if (typeof awaited === 'function') return awaited(object)
  const { status } = object as Pod
  return status?.phase === awaited || status?.conditions?.some(({ type, status: value }) => type === awaited && value === 'True') === true
}

/** What an object is at, in a sentence. */
function describe(object: KubeObject): string {
  if (object.kind === 'Node') return conditions(object as Node)
  if (object.kind !== 'Pod') return JSON.stringify((object as Pod).status ?? {})
  const { metadata, spec, status } = object as Pod
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  return [
    [status?.phase, status?.reason, status?.message].filter(Boolean).join(' '),
    spec?.nodeName ? `on ${spec.nodeName}` : 'not scheduled',
    ...(metadata?.deletionTimestamp ? ['being deleted'] : []),
    conditions(object as Pod),
    ...statuses.map(describeContainer),
  ].join('; ')
}

const conditions = ({ status }: Pod | Node): string =>
  (status?.conditions ?? [])
    .filter(
      ({ type, status: value }) =>
        (value === 'True') !== ['Ready', 'PodScheduled', 'Initialized', 'ContainersReady', 'PodReadyToStartContainers'].includes(type),
    )
    .map(({ type, status: value, reason, message }) => [`${type}=${value}`, reason, message].filter(Boolean).join(' '))
    .join('; ') || 'conditions as they should be'

function describeContainer({ name, state, restartCount, ready }: ContainerStatus): string {
  const [what, detail] = Object.entries(state ?? {}).find(([, value]) => value) ?? ['unknown', {}]
  const { reason, message, exitCode } = detail as { reason?: string; message?: string; exitCode?: number }
  const says = [reason, exitCode === undefined ? undefined : `exit code ${exitCode}`, message].filter(Boolean).join(', ')
  return `container ${name} ${what}${says ? ` (${says})` : ''}${ready ? ', ready' : ', not ready'}${restartCount > 0 ? `, ${restartCount} restarts` : ''}`
}

async function lastEvents(backend: ApiBackend, { name }: NamedObject): Promise<string> {
  const { items } = await backend.list({ resource: 'events' }, { fieldSelector: `involvedObject.name=${name}` })
  const lines = (items as readonly CoreEvent[]).slice(-5).map(({ reason, message }) => `${reason}: ${message}`)
  return lines.length === 0 ? '; no events' : `; last events: ${lines.join(' | ')}`
}
