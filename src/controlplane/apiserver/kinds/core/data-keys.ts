import { isDeepStrictEqual } from 'node:util'
import { validateConfigKey } from '../../../../kube/validation/config-key-validation.ts'
import { type FieldError, maxFieldErrors } from '../../../../kube/validation/field-errors.ts'

/** Keys of a map of data that are no file names. */
export const badKeys = (path: string, data: Readonly<Record<string, unknown>> | undefined): FieldError[] =>
  Object.keys(data ?? {})
    .flatMap((key) => validateConfigKey(`${path}[${key}]`, key))
    .slice(0, maxFieldErrors)

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
export const sameData = (left: unknown, right: unknown) => isDeepStrictEqual(left ?? {}, right ?? {})
