/** What a caller wants of the node, in the terms of a SubjectAccessReview on the `nodes` resource. */
export interface RequestAttributes {
  readonly verb: 'get' | 'create' | 'update' | 'patch' | 'delete'
  readonly subresource: 'stats' | 'metrics' | 'log' | 'spec' | 'proxy'
}

const verbs: Readonly<Record<string, RequestAttributes['verb']>> = {
  GET: 'get',
  HEAD: 'get',
  OPTIONS: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

const subresources: readonly [prefix: string, subresource: RequestAttributes['subresource']][] = [
  ['/stats', 'stats'],
  ['/metrics', 'metrics'],
  ['/logs', 'log'],
  ['/spec', 'spec'],
]

/** kubelet 1.32, `NodeAuthorizerAttributesGetter`: the verb from the method, the subresource from the path's first part. */
export function requestAttributes(method: string, path: string): RequestAttributes {
  const subresource = subresources.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`))?.[1] ?? 'proxy'
  return { verb: verbs[method] ?? 'get', subresource }
}
