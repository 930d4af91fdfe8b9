import type { ApiType } from '@kubernetes/client-node'
import { requireLater } from '../base/require-later.ts'
import { parseDuration } from '../config/duration.ts'
import type { Fault, FaultAct, FaultMatch } from '../controlplane/apiserver/http/faults.ts'
import type { ServedKinds } from '../controlplane/apiserver/rest/environment.ts'
import { expired } from '../controlplane/apiserver/rest/status-errors.ts'
import type { RunningControlPlane } from '../controlplane/start.ts'
import { resourceOf } from './targets.ts'

/** A refusal that is ordered: an HTTP status, and what it says where the usual words will not do. */
export interface FailRule extends FaultMatch {
  /** 400 to 599; 409 is a conflict, 410 a version that is too old, 429 a server that has too much to do. */
  readonly status: number
  readonly reason?: string
  readonly message?: string
  /** What `Retry-After` says: `5s`, or seconds. 1 for 429 and 503 unless said. */
  readonly retryAfter?: string | number
}

/**
 * The API over HTTPS. Called with a class of `@kubernetes/client-node` it is a typed client. Its methods order faults for what comes over HTTP: from the
 * controller under test, kubectl, a typed client. Nodes, the cluster's own controllers and the test's `apply`, `get` and `waitFor` meet none.
 */
export interface ClusterApi {
  <T extends ApiType>(type: new (...args: never[]) => T): T
  /** The next request that matches (the next `times` of them) is refused, and not carried out. */
  fail(rule: FailRule): Fault
  /** It is carried out after a while on the cluster's clock: `2s`, or milliseconds. */
  delay(match: FaultMatch, by: string | number): Fault
  /** Its connection is cut instead of an answer. */
  cut(match: FaultMatch): Fault
  /** It is carried out, but the answer is lost: what a client does twice shows. */
  loseAnswer(match: FaultMatch): Fault
  /** Cuts the watches that are open now, of a resource or all; answers how many. Their clients go on from where they were. */
  dropWatches(resource?: string): number
  /** Ends the watches that are open now with a 410, and forgets the past: their clients must list again. Answers how many. */
  expireWatches(resource?: string): number
  /** Lifts all faults. */
  heal(): void
}

export function clusterApi(controlPlane: RunningControlPlane): ClusterApi {
  const order = (match: FaultMatch, act: FaultAct) =>
    controlPlane.faults.order({ ...match, ...(match.resource && { resource: named(controlPlane.kinds, match.resource) }) }, act)
  const client = <T extends ApiType>(type: new (...args: never[]) => T): T => {
    // The caller has the package loaded already, for the class; who needs no client does not pay for it.
    const { KubeConfig } = requireLater('@kubernetes/client-node') as typeof import('@kubernetes/client-node')
    const config = new KubeConfig()
    config.loadFromString(controlPlane.adminKubeconfig)
    return config.makeApiClient(type as never) as T
  }
  return Object.assign(client, {
    fail({ status, reason, message, retryAfter, ...match }: FailRule) {
      const seconds = retryAfter === undefined ? undefined : typeof retryAfter === 'number' ? retryAfter : Math.ceil(msOf('retryAfter', retryAfter) / 1000)
      return order(match, { type: 'fail', status, reason, message, ...(seconds !== undefined && { retryAfterSeconds: seconds }) })
    },
    delay: (match: FaultMatch, by: string | number) => order(match, { type: 'delay', delayMs: msOf('by', by) }),
    cut: (match: FaultMatch) => order(match, { type: 'cut' }),
    loseAnswer: (match: FaultMatch) => order(match, { type: 'lose' }),
    dropWatches: (resource?: string) => controlPlane.endWatches(resource && resourceOf(controlPlane.kinds, resource)),
    expireWatches(resource?: string) {
      controlPlane.compact()
      return controlPlane.endWatches(resource && resourceOf(controlPlane.kinds, resource), expired('The resourceVersion for the provided watch is too old.'))
    },
    heal: () => controlPlane.faults.liftAll(),
  })
}

function msOf(what: string, given: string | number): number {
  const ms = typeof given === 'number' ? given : parseDuration(given)
  if (ms === undefined || !(ms >= 0)) throw new TypeError(`${what}: ${JSON.stringify(given)} is no duration; write 500ms, 5s or 1m`)
  return ms
}

/** `pod/status` by the resource's full name. */
function named(kinds: ServedKinds, resource: string): string {
  const [word = '', subresource] = resource.split('/', 2)
  const name = resourceOf(kinds, word)
  return subresource ? name.replace(/^[^.]*/, (plural) => `${plural}/${subresource}`) : name
}
