/** What a path below `/api` or `/apis` is about. */
export interface ResourcePath {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly subresource: string
  /** What follows the subresource: the path to be proxied. */
  readonly rest: string
  /** The old `/api/v1/watch/…` form. */
  readonly watch: boolean
}

/** A resource's path taken apart; undefined for anything else. */
export function parseResourcePath(pathname: string): ResourcePath | undefined {
  const parts = pathname.split('/').slice(1).map(decode)
  const core = parts[0] === 'api'
  if (!core && parts[0] !== 'apis') return undefined
  const [group, version] = core ? ['', parts[1]] : [parts[1], parts[2]]
  let rest = parts.slice(core ? 2 : 3)
  if (group === undefined || !version || rest.length === 0 || rest[0] === '') return undefined
  const watch = rest[0] === 'watch'
  if (watch) rest = rest.slice(1)
  // `/namespaces/x` is the namespace, `/namespaces/x/status` its subresource, `/namespaces/x/pods` what is in it.
  const inside = rest[0] === 'namespaces' && rest.length > 2 && !['status', 'finalize'].includes(rest[2] ?? '')
  const namespace = inside ? (rest[1] ?? '') : ''
  if (inside) rest = rest.slice(2)
  const [resource = '', name = '', subresource = '', ...below] = rest
  return { group, version, resource, namespace, name, subresource, rest: below.join('/'), watch }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
