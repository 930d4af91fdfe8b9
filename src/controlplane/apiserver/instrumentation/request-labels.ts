import type { Attributes } from '../auth/user.ts'
import type { ResourcePath } from '../http/path.ts'

export type RequestLabel = 'verb' | 'dry_run' | 'group' | 'version' | 'resource' | 'subresource' | 'scope' | 'component'
export type RequestLabels = Readonly<Record<RequestLabel, string>>

/** What of a request tells how it is counted. */
export interface CountedRequest {
  readonly attributes: Attributes
  /** Undefined for what is no resource. */
  readonly path?: Pick<ResourcePath, 'version'>
  readonly isDryRun: boolean
  /** Of the body. */
  readonly contentType: string | undefined
}

const verbs: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE', deletecollection: 'DELETECOLLECTION' }
const connections = new Set(['exec', 'attach', 'portforward', 'proxy'])
const ownPaths = new Set(['/healthz', '/livez', '/readyz', '/version', '/metrics'])

/** By which labels a kube-apiserver counts a request. None is a caller's to choose: there are as many as there are kinds. */
export function requestLabels({ attributes, path, isDryRun, contentType }: CountedRequest): RequestLabels {
  const { verb, group, resource, subresource, namespace, name } = attributes
  const dryRun = isDryRun ? 'All' : ''
  const component = 'apiserver'
  if (!path) {
    const known = attributes.path !== undefined && ownPaths.has(attributes.path) ? attributes.path : ''
    const word = verb === 'get' ? 'GET' : 'other'
    return { verb: word, dry_run: dryRun, group: '', version: '', resource: '', subresource: known, scope: '', component }
  }
  const isApply = verb === 'patch' && contentType?.startsWith('application/apply-patch') === true
  const word = connections.has(subresource) ? 'CONNECT' : isApply ? 'APPLY' : (verbs[verb] ?? verb.toUpperCase())
  const scope = name !== '' || verb === 'create' ? 'resource' : namespace !== '' ? 'namespace' : 'cluster'
  return { verb: word, dry_run: dryRun, group, version: path.version, resource, subresource, scope, component }
}

/** Whether a request lasts for as long as its caller likes. */
export const isLongRunning = ({ verb, subresource }: Attributes): boolean => verb === 'watch' || subresource === 'log' || connections.has(subresource)
