import type { IncomingHttpHeaders } from 'node:http'
import type { Attributes, User } from './user.ts'

/** Who a request wants to pass for, by its `Impersonate-*` headers; undefined when it wants no such thing. */
export interface Impersonation {
  readonly user: User
  /** What its sender must be allowed to do first: `impersonate` the user and each group. */
  readonly asked: readonly Attributes[]
}

/** Reads the headers of `kubectl --as` and `--as-group`. */
export function impersonationOf(headers: IncomingHttpHeaders): Impersonation | undefined {
  const name = headers['impersonate-user']
  if (typeof name !== 'string' || !name) return undefined
  const groups = listOf(headers['impersonate-group'])
  const account = /^system:serviceaccount:([^:]+):[^:]+$/.exec(name)
  const own = name === 'system:anonymous' ? ['system:unauthenticated'] : ['system:authenticated']
  const given = groups.length > 0 || !account ? groups : ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`]
  const uid = headers['impersonate-uid']
  return {
    user: { name, ...(typeof uid === 'string' && { uid }), groups: [...new Set([...given, ...own])] },
    asked: [impersonating('users', name), ...groups.map((group) => impersonating('groups', group))],
  }
}

const impersonating = (resource: string, name: string): Attributes => ({ verb: 'impersonate', group: '', resource, subresource: '', namespace: '', name })

// Node joins a repeated header that it does not know by a comma.
const listOf = (value: string | string[] | undefined) => (Array.isArray(value) ? value : (value?.split(', ') ?? []))
