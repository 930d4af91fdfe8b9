import type { Clock } from '../base/clock.ts'
import type { KubeClient } from '../kube/client.ts'
import type { KubeObject } from '../kube/objects.ts'
import type { User } from './authentication.ts'
import { ExpiringCache } from './expiring-cache.ts'
import type { RequestAttributes } from './request-attributes.ts'

interface SubjectAccessReview extends KubeObject {
  readonly status?: { readonly allowed?: boolean }
}

export interface AuthorizationOptions {
  readonly client: KubeClient
  readonly nodeName: string
  /** kubelet 1.32: 5 min and 30 s. */
  readonly allowedTtlMs: number
  readonly deniedTtlMs: number
  readonly clock: Clock
}

export type Authorize = (user: User, wanted: RequestAttributes) => Promise<boolean>

/** Asks the API server, by SubjectAccessReview, whether the caller may do this to the `nodes` resource; answers are remembered. */
export function createAuthorization(options: AuthorizationOptions): Authorize {
  const verdicts = new ExpiringCache<boolean>(options.clock, 1000)
  return (user, wanted) => {
    const key = JSON.stringify([user.name, user.uid, user.groups, user.extra, wanted.verb, wanted.subresource])
    return verdicts.get(
      key,
      () => review(options, user, wanted),
      (allowed) => (allowed ? options.allowedTtlMs : options.deniedTtlMs),
    )
  }
}

async function review({ client, nodeName }: AuthorizationOptions, user: User, wanted: RequestAttributes): Promise<boolean> {
  const answer = await client.create<SubjectAccessReview>('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: user.name,
      uid: user.uid,
      groups: user.groups,
      extra: user.extra,
      resourceAttributes: { group: '', version: 'v1', resource: 'nodes', subresource: wanted.subresource, name: nodeName, verb: wanted.verb },
    },
  })
  return answer.status?.allowed === true
}
