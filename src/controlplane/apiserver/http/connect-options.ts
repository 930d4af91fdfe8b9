import type { KubeObject } from '../../../kube/objects.ts'
import { flag, type ResourceRequest } from './request.ts'

/** What a connection to a subresource is asked with, as admission sees it: `PodExecOptions`, `NodeProxyOptions`. */
export function connectOptions({ path, query }: Pick<ResourceRequest, 'path' | 'query'>): KubeObject {
  const { resource, subresource, rest } = path
  const of = (kind: string, fields: object) => ({ kind, apiVersion: 'v1', ...fields }) as KubeObject
  const streams = Object.fromEntries(['stdin', 'stdout', 'stderr', 'tty'].filter((name) => flag(query, name)).map((name) => [name, true]))
  const container = query.get('container')
  switch (subresource) {
    case 'exec':
      return of('PodExecOptions', { ...streams, ...(container && { container }), command: query.getAll('command') })
    case 'attach':
      return of('PodAttachOptions', { ...streams, ...(container && { container }) })
    case 'portforward': {
      const ports = query.getAll('ports').flatMap((text) => text.split(','))
      return of('PodPortForwardOptions', ports.length > 0 ? { ports: ports.map(Number) } : {})
    }
    default:
      return of(`${({ nodes: 'Node', services: 'Service' } as Record<string, string>)[resource] ?? 'Pod'}ProxyOptions`, { path: `/${rest}` })
  }
}
