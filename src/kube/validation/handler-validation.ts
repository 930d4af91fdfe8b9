import type { Int64 } from '../../json/exact.ts'
import type { Container, Probe } from '../objects.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from './field-errors.ts'
import { validatePort, validatePortName } from './formats.ts'
import { nonNegativeFields } from './number-validation.ts'

interface Http {
  readonly path?: string
  readonly scheme?: string
  readonly port: number | string | object
  readonly httpHeaders?: readonly { readonly name: string }[]
}

/** What a probe or a hook does: one of these. */
interface Handler {
  readonly exec?: { readonly command?: readonly string[] }
  readonly httpGet?: Http
  readonly tcpSocket?: { readonly port: number | string | object }
  readonly grpc?: { readonly port: number }
  readonly sleep?: { readonly seconds: number }
}

const headerName = '[-A-Za-z0-9]+'
const headerPattern = new RegExp(`^${headerName}$`)
const headerWords = `a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '${headerName}')`

const validateNumberOrName = (field: string, port: unknown): FieldError[] =>
  typeof port === 'string' ? validatePortName(field, port) : validatePort(field, typeof port === 'number' ? port : 0)

function validateHttp(path: string, { path: target, port, scheme = '', httpHeaders }: Http): FieldError[] {
  return [
    ...(target ? [] : [required(`${path}.path`)]),
    ...validateNumberOrName(`${path}.port`, port),
    ...(scheme === 'HTTP' || scheme === 'HTTPS' ? [] : [notSupported(`${path}.scheme`, scheme, ['HTTP', 'HTTPS'])]),
    ...(httpHeaders ?? []).flatMap(({ name }) => (headerPattern.test(name) ? [] : [invalid(`${path}.httpHeaders`, name, headerWords)])),
  ]
}

function validateSleep(path: string, seconds: number, grace: Int64 | undefined): FieldError[] {
  return grace !== undefined && (seconds < 0 || seconds > grace)
    ? [invalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)]
    : []
}

/** The mistakes of a handler; `grace` are the pod's seconds to end. */
function validateHandler(path: string, handler: Handler, grace: Int64 | undefined): FieldError[] {
  const checks = {
    exec: (at: string) => (handler.exec?.command?.length ? [] : [required(`${at}.command`)]),
    httpGet: (at: string) => (handler.httpGet ? validateHttp(at, handler.httpGet) : []),
    tcpSocket: (at: string) => validateNumberOrName(`${at}.port`, handler.tcpSocket?.port),
    grpc: (at: string) => validatePort(`${at}.port`, handler.grpc?.port ?? 0),
    sleep: (at: string) => validateSleep(at, handler.sleep?.seconds ?? 0, grace),
  }
  const given = (['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const).filter((kind) => handler[kind])
  if (given.length === 0) return [required(path, 'must specify a handler type')]
  return given.flatMap((kind, index) =>
    index === 0 ? checks[kind](`${path}.${kind}`) : [forbidden(`${path}.${kind}`, 'may not specify more than 1 handler type')],
  )
}

const counts = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const

function validateProbe(path: string, probe: Probe, grace: Int64 | undefined): FieldError[] {
  const errors = validateHandler(path, probe, grace)
  errors.push(...nonNegativeFields(path, probe, counts))
  const own = probe.terminationGracePeriodSeconds
  if (own !== undefined && own <= 0) errors.push(invalid(`${path}.terminationGracePeriodSeconds`, own, 'must be greater than 0'))
  return errors
}

/** The hooks and probes of a container that may have them. */
export function validateHandlers(path: string, container: Container, grace: Int64 | undefined): FieldError[] {
  const errors: FieldError[] = []
  for (const hook of ['postStart', 'preStop'] as const) {
    const handler = container.lifecycle?.[hook]
    if (handler) errors.push(...validateHandler(`${path}.lifecycle.${hook}`, handler, grace))
  }
  for (const kind of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    const probe = container[kind]
    if (!probe) continue
    const at = `${path}.${kind}`
    errors.push(...validateProbe(at, probe, grace))
    if (kind !== 'readinessProbe') {
      if (probe.successThreshold !== 1) errors.push(invalid(`${at}.successThreshold`, probe.successThreshold ?? 0, 'must be 1'))
    } else if (probe.terminationGracePeriodSeconds !== undefined)
      errors.push(invalid(`${at}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds, 'must not be set for readinessProbes'))
  }
  return errors
}

/** Containers that run to an end before others begin have none of them. */
export function forbidHandlers(path: string, container: Container): FieldError[] {
  const why = 'may not be set for init containers without restartPolicy=Always'
  return (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const).flatMap((field) =>
    container[field] ? [forbidden(`${path}.${field}`, why)] : [],
  )
}
