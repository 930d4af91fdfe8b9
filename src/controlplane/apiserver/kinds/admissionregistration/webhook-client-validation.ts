import { type FieldError, invalid, required } from '../../../../kube/validation/field-errors.ts'
import { validatePort } from '../../../../kube/validation/formats.ts'
import { validateName } from '../../../../kube/validation/names.ts'

const form = '; desired format: https://host[/path]'

/** The service that a webhook is reached at. */
export interface ServiceReferenceLike {
  readonly name?: string
  readonly namespace?: string
  readonly path?: string
  readonly port?: number
}

/** The mistakes of a webhook's URL (k8s.io/apiserver/pkg/util/webhook). */
export function validateWebhookUrl(field: string, text: string): FieldError[] {
  // As Go's url.Parse sees it: its own parser would put right what is wrong.
  const [, scheme = '', authority = '', , query, fragment] = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(text) ?? []
  const at = authority.lastIndexOf('@')
  const [user, host] = [at < 0 ? undefined : authority.slice(0, at), authority.slice(at + 1)]
  const errors: FieldError[] = []
  if (scheme.toLowerCase() !== 'https') errors.push(invalid(field, scheme, `'https' is the only allowed URL scheme${form}`))
  if (host === '') errors.push(invalid(field, host, `host must be specified${form}`))
  if (user !== undefined) errors.push(invalid(field, user, 'user information is not permitted in the URL'))
  if (fragment && fragment !== '#') errors.push(invalid(field, fragment.slice(1), 'fragments are not permitted in the URL'))
  if (query && query !== '?') errors.push(invalid(field, query.slice(1), 'query parameters are not permitted in the URL'))
  return errors
}

/** The mistakes of a webhook's service. */
export function validateWebhookService(at: string, { name, namespace, path, port = 443 }: ServiceReferenceLike): FieldError[] {
  return [
    ...(name ? [] : [required(`${at}.name`)]),
    ...(namespace ? [] : [required(`${at}.namespace`)]),
    ...validatePort(`${at}.port`, port).map(({ field }) => invalid(field, port, 'port is not valid: must be between 1 and 65535, inclusive')),
    ...(path ? validatePath(`${at}.path`, path) : []),
  ]
}

function validatePath(field: string, path: string): FieldError[] {
  if (path === '/') return []
  if (path === '//') return [invalid(field, path, 'segment[0] may not be empty')]
  const errors = path.startsWith('/') ? [] : [invalid(field, path, "must start with a '/'")]
  const steps = path.slice(1).replace(/\/$/, '').split('/')
  for (const [index, step] of steps.entries()) {
    if (step === '') {
      errors.push(invalid(field, path, `segment[${index}] may not be empty`))
      continue
    }
    for (const { message } of validateName('', step, 'subdomain'))
      errors.push(invalid(field, path, `segment[${index}]: ${message.slice(`Invalid value: ${JSON.stringify(step)}: `.length)}`))
  }
  return errors
}
