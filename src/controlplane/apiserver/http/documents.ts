import { createHash } from 'node:crypto'
import { encodeSwagger } from '../../../protobuf/openapi.ts'
import type { RemoteVersion } from '../aggregation/remote-discovery.ts'
import { aggregated, aggregatedMediaType, coreVersions, groupDocument, groupList, resourceList, wantsAggregated } from '../discovery/documents.ts'
import { groupVersion } from '../discovery/served.ts'
import { versionInfo } from '../discovery/version.ts'
import { swagger } from '../openapi/v2.ts'
import { documentHash, openApiDocument, openApiIndex } from '../openapi/v3.ts'
import type { ResourceDefinition } from '../resource.ts'

/** A document that is no resource, as it is sent. */
export interface Document {
  readonly contentType: string
  readonly body: string | Uint8Array
  /** What tells its content apart, where clients ask whether it changed. */
  readonly etag?: string
}

/** What is asked for. */
export interface DocumentRequest {
  readonly pathname: string
  readonly accept: string | undefined
  /** `host:port` of the server. */
  readonly address: string
  readonly resources: readonly ResourceDefinition[]
  /** What other servers serve. */
  readonly remotes?: readonly RemoteVersion[]
  /** Of Kubernetes 1.x: what the server says that it is. */
  readonly minor: number
}

interface Kept {
  readonly served: readonly object[]
  readonly document: Document
}

/** How clients in Go ask for OpenAPI v2, and how that is answered. */
const swaggerProtobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/** Discovery, schemas and the version: what tools read before they ask for a resource. What is large is made when it is first asked for, and kept until its kinds change. */
export class Documents {
  readonly #kept = new Map<string, Kept>()

  /** Undefined for paths that are none of these. */
  at({ pathname, accept, address, resources, remotes = [], minor }: DocumentRequest): Document | undefined {
    if (pathname.includes('//')) return undefined
    const path = pathname.length > 1 && pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
    if (path === '/version') return json(versionInfo(minor))
    const all = remotes.length > 0 ? [...resources, ...remotes] : resources
    if (path === '/api' || path === '/apis') {
      if (wantsAggregated(accept))
        return this.#keep(`${path} aggregated`, all, () => tagged(aggregated(path === '/api', resources, path === '/api' ? [] : remotes), aggregatedMediaType))
      return json(path === '/api' ? coreVersions(address) : groupList(all))
    }
    if (path === '/openapi/v2') return this.#swagger(accept, resources)
    if (path === '/openapi/v3') return this.#keep(path, resources, () => tagged(openApiIndex(resources)))
    const [, root = '', first = '', second, ...rest] = path.split('/')
    if (root === 'openapi' && first === 'v3') return this.#openApi(second === 'apis' ? rest.join('/') : second === 'api' ? rest.join('/') : '', resources)
    if (root === 'api' && second === undefined) return json(resourceList(first, resources))
    if (root === 'apis' && rest.length === 0) return json(second === undefined ? groupDocument(first, all) : resourceList(`${first}/${second}`, resources))
    if (path === '/') return json({ paths: pathsOf(resources) })
    return undefined
  }

  #openApi(wanted: string, resources: readonly ResourceDefinition[]): Document | undefined {
    const served = resources.filter((entry) => groupVersion(entry) === wanted)
    if (served.length === 0) return undefined
    return this.#keep(`/openapi/v3/${wanted}`, served, () => ({
      contentType: 'application/json',
      body: JSON.stringify(openApiDocument(wanted, served)),
      etag: documentHash(served),
    }))
  }

  #swagger(accept: string | undefined, resources: readonly ResourceDefinition[]): Document | undefined {
    const binary = /proto-openapi\.spec\.v2/.test(accept ?? '')
    return this.#keep(`/openapi/v2 ${binary}`, resources, () => {
      const document = swagger(resources)
      const body = binary ? encodeSwagger(document) : JSON.stringify(document)
      return { contentType: binary ? swaggerProtobuf : 'application/json', body, etag: documentHash(resources) }
    })
  }

  /** The document of these kinds: the one that is kept, while they are the same. */
  #keep(key: string, served: readonly object[], make: () => Document): Document {
    const known = this.#kept.get(key)
    if (known && (known.served === served || (known.served.length === served.length && known.served.every((entry, index) => entry === served[index]))))
      return known.document
    const document = make()
    this.#kept.set(key, { served, document })
    return document
  }
}

const json = (body: unknown): Document | undefined => (body === undefined ? undefined : { contentType: 'application/json', body: `${JSON.stringify(body)}\n` })

function tagged(value: unknown, contentType = 'application/json'): Document {
  const body = `${JSON.stringify(value)}\n`
  return { contentType, body, etag: createHash('sha512').update(body).digest('hex').toUpperCase() }
}

function pathsOf(resources: readonly ResourceDefinition[]): string[] {
  const versions = [...new Set(resources.map(groupVersion))].filter((gv) => gv !== 'v1')
  const groups = [...new Set(versions.map((gv) => gv.split('/')[0] ?? ''))]
  const health = ['/healthz', '/livez', '/metrics', '/readyz', '/openapi/v2', '/openapi/v3', '/version']
  return ['/api', '/api/v1', '/apis', ...[...groups, ...versions].map((path) => `/apis/${path}`), ...health].sort()
}
