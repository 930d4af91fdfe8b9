import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { writeJson } from '../../../json/exact.ts'
import { KubeError } from '../../../kube/client.ts'
import { microTime } from '../../../kube/micro-time.ts'
import type { KubeObject, Status } from '../../../kube/objects.ts'
import type { Attributes, User } from '../auth/user.ts'
import { type AuditDecision, type AuditPolicy, type AuditStage, auditDecision } from './policy.ts'

export interface AuditLogOptions {
  readonly policy: AuditPolicy
  /** Takes one event, a JSON without line ends. */
  write(event: string): void
  /** Milliseconds since the epoch. */
  now(): number
}

/** Writes down who did what, as a kube-apiserver's audit log has it (audit.k8s.io/v1). */
export class AuditLog {
  readonly #options: AuditLogOptions

  constructor(options: AuditLogOptions) {
    this.#options = options
  }

  /** Begins the record of a request, which ends with its answer. */
  begin(request: IncomingMessage, response: ServerResponse): AuditRecord {
    return new AuditRecord(this.#options, request, response)
  }
}

type Mutable = Record<string, unknown>

const userInfo = ({ name, uid, groups, extra }: User) => ({ username: name, ...(uid && { uid }), groups, ...(extra && { extra }) })

/** The record of one request. */
export class AuditRecord {
  readonly #options: AuditLogOptions
  readonly #event: Mutable
  readonly #annotations: Record<string, string> = {}
  #decision: AuditDecision = { level: 'None', omitStages: new Set(), omitManagedFields: false }
  #failure: KubeError | undefined
  #ended = false

  constructor(options: AuditLogOptions, request: IncomingMessage, response: ServerResponse) {
    this.#options = options
    const given = request.headers['audit-id']
    const auditID = typeof given === 'string' && given !== '' ? given.slice(0, 64) : randomUUID()
    if (!response.headersSent) response.setHeader('audit-id', auditID)
    this.#event = {
      auditID,
      requestURI: request.url ?? '/',
      sourceIPs: [(request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')],
      userAgent: (request.headers['user-agent'] ?? '').slice(0, 1024),
      requestReceivedTimestamp: microTime(options.now()),
    }
    const end = () => this.#end(response.statusCode)
    response.once('finish', end)
    response.once('close', end)
  }

  /** Who asks, and as whom. */
  by(sender: User, impersonated: User | undefined): void {
    this.#event.user = userInfo(sender)
    if (impersonated) this.#event.impersonatedUser = userInfo(impersonated)
  }

  /** What is asked for: from now on it is known whether it is written down. */
  asks(user: User, attributes: Attributes, version: string | undefined): void {
    const { verb, group, resource, subresource, namespace, name, path } = attributes
    this.#event.verb = verb
    if (path === undefined)
      this.#event.objectRef = {
        resource,
        ...(namespace && { namespace }),
        ...(name && { name }),
        ...(group && { apiGroup: group }),
        apiVersion: version,
        ...(subresource && { subresource }),
      }
    this.#decision = auditDecision(this.#options.policy, { user: user.name, groups: user.groups, verb, group, resource, subresource, namespace, name, path })
    this.#write('RequestReceived')
  }

  /** What the authorizer said. */
  decided(allowed: boolean, reason: string | undefined): void {
    this.annotate('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid')
    this.annotate('authorization.k8s.io/reason', reason ?? '')
  }

  annotate(key: string, value: string): void {
    this.#annotations[key] ??= value
  }

  /** The body that was sent. */
  sent(body: unknown): void {
    const { level } = this.#decision
    if (level === 'None') return
    const { name, uid, resourceVersion } = (body as KubeObject | undefined)?.metadata ?? {}
    const reference = this.#event.objectRef as Mutable | undefined
    if (reference && !Array.isArray(body)) {
      reference.name ??= name
      if (uid) reference.uid ??= uid
      if (resourceVersion) reference.resourceVersion ??= resourceVersion
    }
    // What is sent may be changed on its way.
    if (level !== 'Metadata') this.#event.requestObject = structuredClone(this.#content(body))
  }

  /** Whether what is sent is to be told. */
  get wantsRequest(): boolean {
    return this.#decision.level === 'Request' || this.wantsAnswer
  }

  /** Whether the answer is to be told. */
  get wantsAnswer(): boolean {
    return this.#decision.level === 'RequestResponse'
  }

  answered(body: KubeObject | Status | object): void {
    if (this.wantsAnswer) this.#event.responseObject = this.#content(body)
  }

  /** The answer of a watch, or of another request that stays open, has begun. */
  started(code: number): void {
    this.#event.responseStatus = { metadata: {}, code }
    this.#write('ResponseStarted')
  }

  failed(error: unknown): void {
    this.#failure = error instanceof KubeError ? error : new KubeError(String(error), 500, 'InternalError')
  }

  #content(body: unknown): unknown {
    const object = body as KubeObject | undefined
    if (!this.#decision.omitManagedFields || !object?.metadata?.managedFields) return body
    const { managedFields: _, ...metadata } = object.metadata
    return { ...object, metadata }
  }

  #end(code: number): void {
    if (this.#ended) return
    this.#ended = true
    const failure = this.#failure
    this.#event.responseStatus = failure
      ? { metadata: {}, status: 'Failure', message: failure.message, reason: failure.reason, code: failure.code || code }
      : { metadata: {}, code }
    if (failure && this.wantsAnswer) this.#event.responseObject = failure.status
    this.#write('ResponseComplete')
  }

  #write(stage: AuditStage): void {
    const { level, omitStages } = this.#decision
    if (level === 'None' || omitStages.has(stage)) return
    const {
      auditID,
      requestURI,
      verb,
      user,
      impersonatedUser,
      sourceIPs,
      userAgent,
      objectRef,
      responseStatus,
      requestObject,
      responseObject,
      requestReceivedTimestamp,
    } = this.#event
    const annotations = Object.keys(this.#annotations).length > 0 ? this.#annotations : undefined
    const stageTimestamp = microTime(this.#options.now())
    // In the order of the API's fields; what is undefined is left out.
    this.#options.write(
      writeJson({
        kind: 'Event',
        apiVersion: 'audit.k8s.io/v1',
        level,
        auditID,
        stage,
        requestURI,
        verb,
        user,
        impersonatedUser,
        sourceIPs,
        userAgent,
        objectRef,
        responseStatus,
        requestObject,
        responseObject,
        requestReceivedTimestamp,
        stageTimestamp,
        annotations,
      }),
    )
  }
}
