import type { NodeRequest } from './node-request.ts'

/** What a caller wants of the node, in the terms of a SubjectAccessReview on the `nodes` resource. */
export interface RequestAttributes {
  readonly verb: 'get' | 'create' | 'update' | 'patch' | 'delete'
  readonly subresource: 'stats' | 'metrics' | 'log' | 'spec' | 'checkpoint' | 'healthz' | 'pods' | 'configz' | 'statusz' | 'proxy'
}

type Subresource = RequestAttributes['subresource']

const verbs: Readonly<Record<string, RequestAttributes['verb']>> = {
  GET: 'get',
  HEAD: 'get',
  OPTIONS: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

const subresources: ReadonlyMap<string | undefined, readonly Subresource[]> = new Map<string, readonly Subresource[]>([
  ['stats', ['stats']],
  ['metrics', ['metrics']],
  ['logs', ['log']],
  ['spec', ['spec']],
  ['checkpoint', ['checkpoint']],
  ['flagz', ['configz']],
  ['statusz', ['statusz']],
  // KEP-2862: who may only look needs no right that leads into containers.
  ['healthz', ['healthz', 'proxy']],
  ['pods', ['pods', 'proxy']],
  ['runningpods', ['pods', 'proxy']],
  ['configz', ['configz', 'proxy']],
])

/** kubelet 1.32: the verb from the method, the subresources from the path's first part. A right to any of them is enough; they are asked for in order. */
export function requestAttributes({ method, parts }: Pick<NodeRequest, 'method' | 'parts'>): {
  readonly verb: RequestAttributes['verb']
  readonly subresources: readonly Subresource[]
} {
  return { verb: verbs[method] ?? 'get', subresources: subresources.get(parts[0]) ?? ['proxy'] }
}
