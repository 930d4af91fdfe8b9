import { invalid, maxFieldErrors } from '../../../../kube/validation/field-errors.ts'

const keyPattern = /^[-._a-zA-Z0-9]+$/
/** Keys of a map of data that are no file names. */
export const badKeys = (path: string, data: Readonly<Record<string, unknown>> | undefined) =>
  Object.keys(data ?? {})
    .filter((key) => !keyPattern.test(key) || key === '.' || key.startsWith('..') || key.length > 253)
    .slice(0, maxFieldErrors)
    .map((key) =>
      invalid(
        `${path}[${key}]`,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    )

// core.MaxSecretSize
export const maxDataBytes = 1024 * 1024

/** Bytes of the values; of base64 those that it stands for. */
export function bytesOf(text: Readonly<Record<string, string>> | undefined, base64: Readonly<Record<string, string>> | undefined): number {
  let bytes = 0
  for (const value of Object.values(text ?? {})) bytes += Buffer.byteLength(value)
  for (const value of Object.values(base64 ?? {})) bytes += Buffer.byteLength(value, 'base64')
  return bytes
}

/** Whether two maps of data hold the same. */
export const sameData = (left: unknown, right: unknown) => JSON.stringify(left ?? {}) === JSON.stringify(right ?? {})
