import type { ServerResponse } from 'node:http'
import { type Clock, sleep } from '../../../base/clock.ts'
import { KubeError } from '../../../kube/client.ts'
import type { Status } from '../../../kube/objects.ts'
import type { Attributes, User } from '../auth/user.ts'
import { modified } from '../rest/status-errors.ts'

/** Which requests a fault meets; what is not said may be anything. */
export interface FaultMatch {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  readonly verb?: string | readonly string[]
  /** `pods`, `deployments.apps`, `pods/status`; a resource alone means all of its subresources too. */
  readonly resource?: string
  readonly namespace?: string
  readonly name?: string
  /** Who asks: `system:serviceaccount:default:operator`. */
  readonly user?: string
  /** How many requests it meets before it is over; 1 unless said, `Infinity` until it is lifted. */
  readonly times?: number
}

export type FaultAct =
  /** Answered with this refusal, and not carried out. */
  | { readonly type: 'fail'; readonly status: number; readonly reason?: string; readonly message?: string; readonly retryAfterSeconds?: number }
  /** Carried out after a while, milliseconds. */
  | { readonly type: 'delay'; readonly delayMs: number }
  /** Not carried out; the connection is cut instead of an answer. */
  | { readonly type: 'cut' }
  /** Carried out, but its answer is lost with the connection. */
  | { readonly type: 'lose' }

/** A fault that was ordered: how often it has met a request, and its end. */
export interface Fault extends Disposable {
  readonly hits: number
  /** No request is met by it any more. */
  lift(): void
}

/** Faults that a test orders for requests over HTTP, the first that matches for each. What is done within the process (nodes, controllers) meets none. */
export class Faults {
  readonly #clock: Clock
  readonly #ordered = new Set<OrderedFault>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Throws a `TypeError` for what cannot be, by its field. */
  order(match: FaultMatch, act: FaultAct): Fault {
    const { times = 1 } = match
    if (!(times >= 1)) throw new TypeError(`times: ${times} requests cannot be met; give 1 or more`)
    if (act.type === 'fail' && !(Number.isInteger(act.status) && act.status >= 400 && act.status <= 599))
      throw new TypeError(`status: ${act.status} is no refusal; give 400 to 599`)
    const fault = new OrderedFault(match, act, times, () => this.#ordered.delete(fault))
    this.#ordered.add(fault)
    return fault
  }

  liftAll(): void {
    for (const fault of this.#ordered) fault.lift()
  }

  /** Does to a request what is ordered for it. Resolves when it may be carried out, or to false when its connection was cut; throws the refusal. */
  async meet(asked: Attributes, user: User, response: ServerResponse): Promise<boolean> {
    if (this.#ordered.size === 0) return true
    for (const fault of this.#ordered) {
      if (!matches(fault.match, asked, user)) continue
      fault.hit()
      return this.#do(fault.act, asked, response)
    }
    return true
  }

  async #do(act: FaultAct, asked: Attributes, response: ServerResponse): Promise<boolean> {
    switch (act.type) {
      case 'fail':
        throw refusalOf(act, asked)
      case 'delay':
        await sleep(this.#clock, act.delayMs)
        return true
      case 'cut':
        response.destroy()
        return false
      case 'lose':
        loseAnswer(response)
        return true
    }
  }
}

class OrderedFault implements Fault {
  readonly match: FaultMatch
  readonly act: FaultAct
  readonly #times: number
  readonly #over: () => void
  #hits = 0

  constructor(match: FaultMatch, act: FaultAct, times: number, over: () => void) {
    this.match = match
    this.act = act
    this.#times = times
    this.#over = over
  }

  get hits(): number {
    return this.#hits
  }

  hit(): void {
    if (++this.#hits >= this.#times) this.lift()
  }

  lift(): void {
    this.#over()
  }

  [Symbol.dispose](): void {
    this.lift()
  }
}

function matches({ verb, resource, namespace, name, user }: FaultMatch, asked: Attributes, by: User): boolean {
  if (asked.path !== undefined) return false
  if (verb !== undefined && !(typeof verb === 'string' ? [verb] : verb).some((each) => each === '*' || each === asked.verb)) return false
  if (resource !== undefined && !namesOf(asked).includes(resource)) return false
  return (namespace === undefined || namespace === asked.namespace) && (name === undefined || name === asked.name) && (user === undefined || user === by.name)
}

function namesOf({ group, resource, subresource }: Attributes): readonly string[] {
  const names = group ? [resource, `${resource}.${group}`] : [resource]
  return subresource ? [...names, ...names.map((name) => name.replace(/^[^.]*/, (plural) => `${plural}/${subresource}`))] : names
}

// The reasons of apimachinery's StatusReasonX for a code, with the words of a kube-apiserver under load or trouble.
const usual: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  400: ['BadRequest', 'the request is invalid'],
  401: ['Unauthorized', 'Unauthorized'],
  403: ['Forbidden', 'forbidden'],
  404: ['NotFound', 'the server could not find the requested resource'],
  409: ['Conflict', ''],
  410: ['Expired', 'The resourceVersion for the provided list is too old.'],
  413: ['RequestEntityTooLarge', 'Request entity too large: limit is 3145728'],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: ['TooManyRequests', 'too many requests, please try again later'],
  500: ['InternalError', 'Internal error occurred: etcdserver: request timed out'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'Timeout: request did not complete within the allotted timeout'],
}

function refusalOf({ status: code, reason, message, retryAfterSeconds }: FaultAct & { type: 'fail' }, asked: Attributes): KubeError {
  const [usualReason, usualMessage] = usual[code] ?? ['', `the server responded with the status code ${code}`]
  // A conflict is somebody else's write, unless it is of a creation.
  if (code === 409 && !reason && message === undefined && asked.verb !== 'create') return modified({ ...asked, kind: asked.resource }, asked.name)
  const exists = code === 409 && asked.verb === 'create'
  const said = { reason: reason ?? (exists ? 'AlreadyExists' : usualReason), message: message ?? (exists ? `${asked.resource} already exists` : usualMessage) }
  const after = retryAfterSeconds ?? (code === 429 || code === 503 ? 1 : undefined)
  const details = {
    ...(asked.name && { name: asked.name }),
    ...(asked.group && { group: asked.group }),
    kind: asked.resource,
    ...(after && { retryAfterSeconds: after }),
  }
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', ...said, details, code } as Status
  return new KubeError(said.message, code, said.reason, { status })
}

/** The answer is begun as any other, and then the connection is gone. */
function loseAnswer(response: ServerResponse): void {
  response.writeHead = () => {
    response.destroy()
    return response
  }
}
