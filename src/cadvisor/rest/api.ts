import type { NodeSnapshot } from '../../metrics/snapshot.ts'
import type { EventLog } from '../event-log.ts'
import type { NodeHistory } from '../node-history.ts'
import type { CadvisorSources } from '../sources.ts'
import { ApiError } from './api-error.ts'
import { type EventQuery, eventQuery, matches, nameOf, shown } from './events.ts'
import { Machine } from './machine.ts'
import { containerTree, type Entry } from './tree.ts'
import { answerV1 } from './v1.ts'
import { answerV2 } from './v2.ts'

export interface ApiParts {
  readonly sources: CadvisorSources
  readonly history: NodeHistory
  readonly events: EventLog
}

/** One request, with what any answer needs. */
export interface ApiRequest {
  readonly version: string
  readonly type: string
  /** What follows the type in the path; '/' for nothing. */
  readonly name: string
  readonly query: URLSearchParams
  readonly body: string
  readonly snapshot: NodeSnapshot
  readonly tree: ReadonlyMap<string, Entry>
  readonly machine: Machine
  readonly sources: CadvisorSources
}

/** What is answered: JSON at once, or events as they come. */
export type ApiAnswer = { readonly kind: 'json'; readonly value: unknown } | { readonly kind: 'events'; readonly query: EventQuery }

const typesV1 = ['containers', 'machine'] as const
const types = new Map<string, readonly string[]>(
  Object.entries({
    'v1.0': typesV1,
    'v1.1': [...typesV1, 'subcontainers'],
    'v1.2': [...typesV1, 'docker', 'subcontainers'],
    'v1.3': [...typesV1, 'docker', 'events', 'subcontainers'],
    'v2.0': ['attributes', 'events', 'machine', 'ps', 'spec', 'stats', 'storage', 'summary', 'version'],
    'v2.1': ['attributes', 'events', 'machine', 'machinestats', 'ps', 'spec', 'stats', 'storage', 'summary', 'version'],
  }),
)

/** cAdvisor's REST API, v1.0 to v1.3, v2.0 and v2.1, as far as this node's samples fill it. */
export class CadvisorApi {
  readonly #parts: ApiParts
  readonly #machine: Machine

  constructor(parts: ApiParts) {
    this.#parts = parts
    this.#machine = new Machine(parts.sources)
  }

  /** Answers a path below /api. Throws `ApiError`. */
  async answer(path: string, query: URLSearchParams, body: string): Promise<ApiAnswer> {
    const [version = '', type = '', ...rest] = path.replace(/^\/api\/?/, '').split('/')
    if (version === '') throw new ApiError(400, `Supported API versions: ${[...types.keys()].join(',')}`)
    const known = types.get(version)
    if (!known) throw new ApiError(404, `unsupported API version ${JSON.stringify(version)}; supported are ${[...types.keys()].join(', ')}`)
    if (type === '') throw new ApiError(400, `Supported request types: "${known.join(',')}"`)
    if (!known.includes(type)) throw new ApiError(404, `unknown request type ${JSON.stringify(type)} of ${version}; supported are ${known.join(', ')}`)
    const { sources, history } = this.#parts
    const snapshot = sources.snapshot()
    const name = `/${rest.filter((part) => part !== '').join('/')}`
    if (type === 'events') return this.#events(eventQuery(name, query), snapshot)
    const request = { version, type, name, query, body, snapshot, tree: containerTree(snapshot, history), machine: this.#machine, sources }
    return { kind: 'json', value: version.startsWith('v1') ? answerV1(request) : await answerV2(request) }
  }

  #events(query: EventQuery, snapshot: NodeSnapshot): ApiAnswer {
    if (query.stream) return { kind: 'events', query }
    const naming = nameOf(snapshot)
    const found = this.#parts.events.all.flatMap((event) => {
      const name = naming(event)
      return matches(query, event, name) ? [shown(event, name)] : []
    })
    return { kind: 'json', value: query.most < 0 ? found : found.slice(found.length - Math.min(found.length, query.most)) }
  }
}
