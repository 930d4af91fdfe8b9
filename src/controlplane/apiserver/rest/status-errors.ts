import { KubeError } from '../../../kube/client.ts'
import type { Status } from '../../../kube/objects.ts'
import { type FieldError, maxFieldErrors } from '../../../kube/validation/field-errors.ts'

/** What a message needs to know of a resource. */
export interface Named {
  readonly group: string
  readonly resource: string
  readonly kind: string
}

type Details = NonNullable<Status['details']>

const qualified = ({ group, resource }: Named) => (group ? `${resource}.${group}` : resource)
const qualifiedKind = ({ group, kind }: Named) => (group ? `${kind}.${group}` : kind)

function failure(code: number, reason: string, message: string, details?: Details): KubeError {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...(details && { details }), code } as Status
  return new KubeError(message, code, reason, { status })
}

const about = (of: Named, name: string, kind = of.resource): Details => ({ ...(name && { name }), ...(of.group && { group: of.group }), kind }) as Details

export const notFound = (of: Named, name: string) => failure(404, 'NotFound', `${qualified(of)} ${JSON.stringify(name)} not found`, about(of, name))

/** A path that leads nowhere. */
export const noSuchResource = () => failure(404, 'NotFound', 'the server could not find the requested resource', {} as Details)

export const alreadyExists = (of: Named, name: string) =>
  failure(409, 'AlreadyExists', `${qualified(of)} ${JSON.stringify(name)} already exists`, about(of, name))

export const conflict = (of: Named, name: string, why: string) =>
  failure(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(of)} ${JSON.stringify(name)}: ${why}`, about(of, name))

/** Preconditions of a deletion name the kind, where others name the resource. */
export const preconditionFailed = (of: Named, name: string, why: string) =>
  failure(409, 'Conflict', `Operation cannot be fulfilled on ${qualifiedKind(of)} ${JSON.stringify(name)}: ${why}`, about(of, name, of.kind))

/** A stale resourceVersion. */
export const modified = (of: Named, name: string) =>
  conflict(of, name, 'the object has been modified; please apply your changes to the latest version and try again')

export const badRequest = (message: string) => failure(400, 'BadRequest', message)
export const unauthorized = () => failure(401, 'Unauthorized', 'Unauthorized')
export const internal = (message: string) => failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] } as Details)

/** What went wrong behind this server, in its own words: a 500 of no reason. */
export const unknownFailure = (message: string) => failure(500, '', message)

export const forbidden = (of: Named | undefined, name: string, message: string) => failure(403, 'Forbidden', message, (of ? about(of, name) : {}) as Details)

/** 403 as admission words it: `pods "a" is forbidden: why`. */
export const forbiddenBy = (of: Named, name: string, why: string) => forbidden(of, name, `${qualified(of)} ${JSON.stringify(name)} is forbidden: ${why}`)

export const methodNotAllowed = () => failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {} as Details)

/** A verb that the kind has, but not now. */
export const notAllowedWhile = (verb: string, why: string) => failure(405, 'MethodNotAllowed', `${verb} not allowed while ${why}`, {} as Details)

export const unsupportedMediaType = (accepted: readonly string[]) =>
  failure(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`)

export const notAcceptable = (accepted: readonly string[]) =>
  failure(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`)

export const entityTooLarge = (why: string) => failure(413, 'RequestEntityTooLarge', `Request entity too large: ${why}`)

export const tooLarge = (limit: number) => entityTooLarge(`limit is ${limit}`)

/** A JSON patch that does not apply. */
export const unprocessable = (message = 'the server rejected our request due to an error in our request') => failure(422, 'Invalid', message, {} as Details)

/** `shown` is the newest version of the window's start. */
export const expired = (message: string) => failure(410, 'Expired', message)

/** A list that cannot go on at its version; `token` goes on without. */
export function expiredContinue(token: string): KubeError {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.'
  const status = { kind: 'Status', apiVersion: 'v1', metadata: { continue: token }, status: 'Failure', message, reason: 'Expired', code: 410 } as Status
  return new KubeError(message, 410, 'Expired', { status })
}

/** The oldest version a watch may start from is above `wanted`. */
export const tooOld = (wanted: number, oldest: number) => expired(`too old resource version: ${wanted} (${oldest})`)

export function tooLargeVersion(wanted: number, current: number): KubeError {
  return failure(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  } as Details)
}

export const unavailable = (message: string) => failure(503, 'ServiceUnavailable', message, { retryAfterSeconds: 1 } as Details)

export const requestTimeout = () => failure(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout', {} as Details)

export const tooManyRequests = () => failure(429, 'TooManyRequests', 'too many requests, please try again later', { retryAfterSeconds: 1 } as Details)

export const notImplemented = (message: string) => failure(501, 'NotImplemented', message)

/** An answer of a server behind this one that is no Status of its own. */
export function genericAnswer(code: number, text: string, of: Named, name: string): KubeError {
  const known: Readonly<Record<number, readonly [reason: string, message: string]>> = {
    401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
    403: ['Forbidden', text],
    404: ['NotFound', 'the server could not find the requested resource'],
    405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
    422: ['Invalid', text || 'the server rejected our request due to an error in our request'],
    503: ['ServiceUnavailable', text || 'the server is currently unable to handle the request'],
  }
  const [reason, message] = known[code] ?? ['Unknown', `the server responded with the status code ${code} but did not return more information`]
  return failure(code, reason, `${message} (${of.resource} ${name})`, { ...about(of, name), causes: [{ reason: 'UnexpectedServerResponse', message: text }] })
}

/** Conflicts of server-side apply; `causes` names each field. A manager is as `ApplyConflict` tells it, with its quotes. */
export function applyConflict(all: readonly { readonly manager: string; readonly field: string }[]): KubeError {
  const causes = all.slice(0, maxCauses)
  const managers = Map.groupBy(causes, ({ manager }) => manager)
  const fields = (manager: string) => (managers.get(manager) ?? []).map(({ field }) => field)
  const plural = causes.length === 1 ? 'conflict' : 'conflicts'
  const text =
    managers.size === 1
      ? [...managers.keys()].map((manager) =>
          causes.length === 1 ? `conflict with ${manager}: ${fields(manager)[0]}` : `conflicts with ${manager}:\n${list(fields(manager))}`,
        )[0]
      : `conflicts with ${[...managers.keys()].map((manager) => `${manager}:\n${list(fields(manager))}`).join('\nconflicts with ')}`
  return failure(409, 'Conflict', `Apply failed with ${causes.length} ${plural}: ${text}`, {
    causes: causes.map(({ manager, field }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${manager}`, field })),
  } as Details)
}

const list = (fields: readonly string[]) => fields.map((field) => `- ${field}`).join('\n')

// An answer is bounded whatever was asked; what is left out is told when the first are mended.
const maxCauses = maxFieldErrors

/** 422 with causes, the first thousand at most; a cause that comes twice is in the message once. */
export function invalid(of: Named, name: string, all: readonly FieldError[]): KubeError {
  const errors = all.slice(0, maxCauses)
  const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))]
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  const causes = errors.map(({ reason, message, field }) => ({ reason, message, field }))
  return failure(422, 'Invalid', `${qualifiedKind(of)} ${JSON.stringify(name)} is invalid: ${text}`, { ...about(of, name, of.kind), causes } as Details)
}
