import { own } from '../../../../base/own.ts'
import type { Secret } from '../../../../kube/objects.ts'
import { type FieldError, invalid, required } from '../../../../kube/validation/field-errors.ts'

const account = 'kubernetes.io/service-account.name'

/** What a secret of a known type must have. */
export function validateSecretType({ type = '', data, metadata }: Secret): FieldError[] {
  const has = (key: string) => own(data, key) !== undefined
  const missing = (...keys: readonly string[]) => keys.filter((key) => !has(key)).map((key) => required(`data[${key}]`))
  switch (type) {
    case 'kubernetes.io/service-account-token':
      // The rest is the token controller's.
      return own(metadata?.annotations, account) ? [] : [required(`metadata.annotations[${account}]`)]
    case 'kubernetes.io/dockercfg':
      return validateJson('.dockercfg', data)
    case 'kubernetes.io/dockerconfigjson':
      return validateJson('.dockerconfigjson', data)
    case 'kubernetes.io/basic-auth':
      return has('username') || has('password') ? [] : missing('username', 'password')
    case 'kubernetes.io/ssh-auth':
      return own(data, 'ssh-privatekey') ? [] : [required('data[ssh-privatekey]')]
    case 'kubernetes.io/tls':
      return missing('tls.crt', 'tls.key')
    default:
      return []
  }
}

function validateJson(key: string, data: Secret['data']): FieldError[] {
  const base64 = own(data, key)
  if (base64 === undefined) return [required(`data[${key}]`)]
  const fault = jsonFault(Buffer.from(base64, 'base64').toString())
  return fault === undefined ? [] : [invalid(`data[${key}]`, '<secret contents redacted>', fault)]
}

/** In the words of Go's decoder, which name one sign at most of what is secret. */
function jsonFault(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined
    const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
    return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`
  } catch (error) {
    const place = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
    const sign = place === undefined ? undefined : text.charAt(Number(place))
    return sign ? `invalid character ${quoted(sign)} looking for beginning of value` : firstFault(text)
  }
}

const firstFault = (text: string): string => {
  const first = text.trimStart().charAt(0)
  return first === '' || '{["tfn-0123456789'.includes(first)
    ? 'unexpected end of JSON input'
    : `invalid character ${quoted(first)} looking for beginning of value`
}

const quoted = (sign: string) => (sign === "'" ? `'\\''` : `'${sign}'`)
