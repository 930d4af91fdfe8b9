import { writeJson } from '../../../json/exact.ts'
import { entityTooLarge } from './status-errors.ts'

// etcd --max-request-bytes, which a kube-apiserver's objects end at.
const maxStoredBytes = 1.5 * 1024 * 1024

/** An object as JSON, if it is not larger than what is stored. Throws a 413. */
export function sizedJson(object: unknown): string {
  const json = writeJson(object)
  checkSize(json.length)
  checkSize(Buffer.byteLength(json))
  return json
}

/** Throws a 413 for a size that is not stored. */
export function checkSize(bytes: number): void {
  if (bytes > maxStoredBytes) throw entityTooLarge('etcdserver: request is too large')
}
