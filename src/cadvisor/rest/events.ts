import type { NodeSnapshot } from '../../metrics/snapshot.ts'
import type { ContainerEvent, EventType } from '../event-log.ts'
import { integer, time } from './parameters.ts'
import { rfc3339 } from './stats.ts'

/** What `/events` is asked for. */
export interface EventQuery {
  readonly container: string
  readonly subcontainers: boolean
  readonly types: ReadonlySet<EventType>
  /** -1: all. */
  readonly most: number
  readonly start: number
  readonly end: number
  readonly stream: boolean
}

const typeParameters: Readonly<Record<string, EventType>> = {
  oom_events: 'oom',
  oom_kill_events: 'oomKill',
  creation_events: 'containerCreation',
  deletion_events: 'containerDeletion',
}

/** cAdvisor's parameters of `/events`: no type asked for means none is told. Unlike cAdvisor's, a time or number that is none is an error. */
export function eventQuery(container: string, query: URLSearchParams): EventQuery {
  const yes = (name: string) => ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(query.get(name) ?? '')
  const wanted = Object.entries(typeParameters).filter(([name]) => yes('all_events') || yes(name))
  const start = query.get('start_time')
  const end = query.get('end_time')
  const most = query.get('max_events')
  return {
    container,
    subcontainers: yes('subcontainers'),
    types: new Set(wanted.map(([, type]) => type)),
    most: most ? integer('max_events', most, -1) : 10,
    start: start ? time('start_time', start) : Number.NEGATIVE_INFINITY,
    end: end ? time('end_time', end) : Number.POSITIVE_INFINITY,
    stream: yes('stream'),
  }
}

/** cAdvisor's name of an event's container: the cgroup's path while it is known, else Docker's usual one. */
export type NameOf = (event: ContainerEvent) => string

export function nameOf(snapshot: NodeSnapshot): NameOf {
  const paths = new Map(snapshot.pods.flatMap(({ containers }) => containers.map(({ id, cgroup }) => [id, cgroup])))
  const pods = new Map(snapshot.pods.map(({ uid, cgroup }) => [uid, cgroup]))
  return ({ id, uid }) => paths.get(id) ?? `${pods.get(uid) ?? ''}/${id}`
}

export function matches(query: EventQuery, event: ContainerEvent, name: string): boolean {
  if (!query.types.has(event.type) || event.at < query.start || event.at > query.end) return false
  if (name === query.container) return true
  return query.subcontainers && name.startsWith(query.container === '/' ? '/' : `${query.container}/`)
}

/** cAdvisor's Event. */
export function shown({ at, type, container, exitCode }: ContainerEvent, name: string): object {
  const oom = type === 'oomKill' ? { oom: { pid: 0, process_name: container, constraint: 'CONSTRAINT_MEMCG' } } : {}
  const deletion = type === 'containerDeletion' ? { container_deletion: { exit_code: exitCode ?? 0 } } : {}
  return { container_name: name, timestamp: rfc3339(at), event_type: type, event_data: { ...oom, ...deletion } }
}
