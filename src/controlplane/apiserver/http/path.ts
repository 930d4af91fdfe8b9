/** What a path below `/api` or `/apis` is about. */
export interface ResourcePath {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly subresource: string
  /** What follows the subresource: the path to be proxied, with its slash at the end. */
  readonly rest: string
  /** The old `/api/v1/watch/…` form. */
  readonly watch: boolean
}

/** A resource's decoded path taken apart; undefined for anything else, such as one with nothing between two slashes. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = path.split('/').slice(1)
  const core = parts[0] === 'api'
  if (!core && parts[0] !== 'apis') return undefined
  const closed = parts.at(-1) === ''
  if (closed) parts.pop()
  const [group, version] = core ? ['', parts[1]] : [parts[1], parts[2]]
  let rest = parts.slice(core ? 2 : 3)
  const watch = rest[0] === 'watch'
  if (watch) rest = rest.slice(1)
  // `/namespaces/x` is the namespace, `/namespaces/x/status` its subresource, `/namespaces/x/pods` what is in it.
  const inside = rest[0] === 'namespaces' && rest.length > 2 && !['status', 'finalize'].includes(rest[2] ?? '')
  const namespace = inside ? (rest[1] ?? '') : ''
  if (inside) rest = rest.slice(2)
  const [resource = '', name = '', subresource = '', ...below] = rest
  const told = [...(core ? [] : [group]), version, ...(inside ? [namespace] : []), ...rest.slice(0, 3)]
  if (rest.length === 0 || told.some((part) => !part)) return undefined
  return {
    group: group ?? '',
    version: version ?? '',
    resource,
    namespace,
    name,
    subresource,
    rest: below.join('/') + (closed && below.length > 0 ? '/' : ''),
    watch,
  }
}
