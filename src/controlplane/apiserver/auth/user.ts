import type { FieldTerm } from '../rest/field-selector.ts'

/** Who a request is from. */
export interface User {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** What a request asks to do. */
export interface Attributes {
  readonly verb: string
  /** Empty for the core group. */
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** What a list, watch or deletecollection is limited to; absent when it is not, or cannot be read. */
  readonly fieldSelector?: readonly FieldTerm[]
  /** Set for a request to something that is no resource, e.g. `/healthz`. */
  readonly path?: string
}

/** The name of the node a user is, if it is one; empty for a node without a name. */
export function nodeNameOf(user: User): string | undefined {
  return user.groups.includes('system:nodes') && user.name.startsWith('system:node:') ? user.name.slice('system:node:'.length) : undefined
}

/** The message of a 403, as a kube-apiserver words it. */
export function forbiddenMessage(user: User, { verb, group, resource, subresource, namespace, name, path }: Attributes): string {
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`
  if (path !== undefined) return `forbidden: ${who} path ${JSON.stringify(path)}`
  const what = group ? `${resource}.${group}` : resource
  const whole = subresource ? `${resource}/${subresource}` : resource
  const where = namespace ? ` in the namespace ${JSON.stringify(namespace)}` : ' at the cluster scope'
  return `${what} ${name ? `${JSON.stringify(name)} ` : ''}is forbidden: ${who} resource ${JSON.stringify(whole)} in API group ${JSON.stringify(group)}${where}`
}
