import { badRequest } from '../rest/status-errors.ts'
import type { Attributes, User } from './user.ts'

/** Who a request wants to pass for, by its `Impersonate-*` headers; undefined when it wants no such thing. */
export interface Impersonation {
  readonly user: User
  /** What its sender must be allowed to do first: `impersonate` the user, its uid, each group and each extra. */
  readonly asked: readonly Attributes[]
}

type Headers = Readonly<NodeJS.Dict<readonly string[]>>

const extraPrefix = 'impersonate-extra-'

/**
 * Reads the headers of `kubectl --as`, `--as-group`, `--as-uid` and of client libraries, each as often as it was sent (kube-apiserver's WithImpersonation).
 * Throws a 400 for who would be something without being somebody: to be served as oneself would give more than was asked for.
 */
export function impersonationOf(headers: Headers): Impersonation | undefined {
  const [name = ''] = headers['impersonate-user'] ?? []
  const groups = headers['impersonate-group'] ?? []
  const [uid = ''] = headers['impersonate-uid'] ?? []
  const extra = extraOf(headers)
  if (name === '') {
    const wanted = [...groups, uid, ...extra.keys()].filter((each) => each !== '')
    if (wanted.length > 0 || groups.length > 0) throw badRequest(`requested ${JSON.stringify(wanted)} without impersonating a user: set Impersonate-User`)
    return undefined
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name)
  const own = name === 'system:anonymous' ? ['system:unauthenticated'] : ['system:authenticated']
  const given = groups.length > 0 || !account ? groups : ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`]
  return {
    user: { name, ...(uid && { uid }), groups: [...new Set([...given, ...own])], ...(extra.size > 0 && { extra: Object.fromEntries(extra) }) },
    asked: [
      account ? { ...impersonating('serviceaccounts', account[2] ?? ''), namespace: account[1] ?? '' } : impersonating('users', name),
      ...groups.map((group) => impersonating('groups', group)),
      ...(uid ? [{ ...impersonating('uids', uid), group: 'authentication.k8s.io' }] : []),
      ...[...extra].flatMap(([key, values]) =>
        values.map((value) => ({ ...impersonating('userextras', value), group: 'authentication.k8s.io', subresource: key })),
      ),
    ],
  }
}

/** Keys come percent-encoded, for a header's name cannot hold everything; one that does not read stays as it is. */
function extraOf(headers: Headers): ReadonlyMap<string, readonly string[]> {
  const extra = new Map<string, readonly string[]>()
  for (const [header, values = []] of Object.entries(headers)) {
    if (!header.startsWith(extraPrefix)) continue
    const key = header.slice(extraPrefix.length)
    extra.set(decoded(key), values)
  }
  return extra
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

const impersonating = (resource: string, name: string): Attributes => ({ verb: 'impersonate', group: '', resource, subresource: '', namespace: '', name })
