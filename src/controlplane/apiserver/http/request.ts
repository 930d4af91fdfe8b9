import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Int64 } from '../../../json/exact.ts'
import type { AuditRecord } from '../audit/audit-log.ts'
import type { User } from '../auth/user.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { DeleteOptions, Selection } from '../rest/backend.ts'
import type { FieldValidation } from '../rest/decode.ts'
import type { ListOptions } from '../rest/list-options.ts'
import { badRequest } from '../rest/status-errors.ts'
import type { ResourcePath } from './path.ts'

/** The client's connection, to be used raw once it is taken: then nothing is answered any more. `head` is what came after the request already. */
export interface UpgradedConnection {
  take(): Duplex
  readonly head: Buffer
}

/** A request about a resource, understood. */
export interface ResourceRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  /** The query as it was written. */
  readonly rawQuery: string
  readonly path: ResourcePath
  readonly definition: ResourceDefinition
  readonly user: User
  /** Present when the client asked to leave HTTP behind. */
  readonly upgrade?: UpgradedConnection
  /** The request's entry in the audit log. */
  readonly audit?: AuditRecord
}

/** The selectors of a query. */
export function selectionOf(query: URLSearchParams): Selection {
  return { labelSelector: query.get('labelSelector') ?? undefined, fieldSelector: query.get('fieldSelector') ?? undefined }
}

export function listOptionsOf(query: URLSearchParams): ListOptions {
  return {
    ...selectionOf(query),
    limit: integer(query, 'limit'),
    continue: query.get('continue') || undefined,
    resourceVersion: query.get('resourceVersion') || undefined,
    resourceVersionMatch: query.get('resourceVersionMatch') || undefined,
    ...(query.has('sendInitialEvents') && { sendInitialEvents: flag(query, 'sendInitialEvents') }),
  }
}

/** `DeleteOptions` from the body, else from the query. */
export function deleteOptionsOf(query: URLSearchParams, body: unknown): DeleteOptions & { readonly dryRun?: readonly string[] } {
  if (typeof body === 'object' && body !== null) return body
  const gracePeriodSeconds = int64(query, 'gracePeriodSeconds')
  const policy = query.get('propagationPolicy') as DeleteOptions['propagationPolicy'] | null
  return {
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(policy && { propagationPolicy: policy }),
    ...(query.has('orphanDependents') && { orphanDependents: flag(query, 'orphanDependents') }),
    ...(query.has('dryRun') && { dryRun: query.getAll('dryRun') }),
  }
}

/** A whole number of the query, as near as a double comes to it; throws a 400 for anything else. */
export function integer(query: URLSearchParams, name: string): number | undefined {
  const value = int64(query, name)
  return value === undefined ? undefined : Number(value)
}

function int64(query: URLSearchParams, name: string): Int64 | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  const failed = (why: string) =>
    badRequest(`unable to decode query parameter ${JSON.stringify(name)}: strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`)
  if (!/^[-+]?\d+$/.test(text)) throw failed('invalid syntax')
  const value = BigInt(text.replace('+', ''))
  if (BigInt.asIntN(64, value) !== value) throw failed('value out of range')
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** A flag of the query: `1`, `t`, `true`; present without a value is true too. */
export function flag(query: URLSearchParams, name: string): boolean {
  const text = query.get(name)
  return text !== null && !['0', 'f', 'false', 'F', 'False', 'FALSE'].includes(text)
}

export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation')
  if (value === null || value === '') return 'Warn'
  if (value === 'Strict' || value === 'Warn' || value === 'Ignore') return value
  throw badRequest(`fieldValidation: Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Strict", "Warn"`)
}

/** The manager's name is the query's, or the program's name of the user agent. */
export function fieldManagerOf(request: IncomingMessage, query: URLSearchParams): string {
  return query.get('fieldManager') || (request.headers['user-agent'] ?? '').split('/')[0] || 'unknown'
}
