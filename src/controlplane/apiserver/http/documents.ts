import { aggregated, aggregatedMediaType, coreVersions, groupDocument, groupList, resourceList, wantsAggregated } from '../discovery/documents.ts'
import { versionInfo } from '../discovery/version.ts'
import { openApiDocument, openApiIndex } from '../openapi/document.ts'
import type { ResourceDefinition } from '../resource.ts'

/** A document that is no resource. */
export interface Document {
  readonly contentType: string
  readonly body: unknown
}

const json = (body: unknown): Document | undefined => (body === undefined ? undefined : { contentType: 'application/json', body })

/** Discovery, schemas and the version: what tools read before they ask for a resource. Undefined for paths that are none of these. */
export function documentAt(
  pathname: string,
  accept: string | undefined,
  address: string,
  resources: readonly ResourceDefinition[],
  minor: number,
): Document | undefined {
  if (pathname.includes('//')) return undefined
  const path = pathname.length > 1 && pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
  if (path === '/version') return json(versionInfo(minor))
  if (path === '/api' || path === '/apis') {
    if (wantsAggregated(accept)) return { contentType: aggregatedMediaType, body: aggregated(path === '/api', resources) }
    return json(path === '/api' ? coreVersions(address) : groupList(resources))
  }
  if (path === '/openapi/v3') return json(openApiIndex(resources))
  const [, root = '', first = '', second, ...rest] = path.split('/')
  if (root === 'openapi' && first === 'v3') return json(openApiDocument(rest.length > 0 ? rest.join('/') : (second ?? ''), resources))
  if (root === 'api' && second === undefined) return json(resourceList(first, resources))
  if (root === 'apis' && rest.length === 0) return json(second === undefined ? groupDocument(first, resources) : resourceList(`${first}/${second}`, resources))
  if (path === '/') return json({ paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'] })
  return undefined
}
