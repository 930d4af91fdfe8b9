import fastJsonPatch, { type Operation } from 'fast-json-patch'
import { badRequest, unprocessable } from '../rest/status-errors.ts'

// kube-apiserver 1.32: maxJSONPatchOperations.
const maxOperations = 10_000

/** RFC 6902. Returns a new value; `target` is left as it was. A patch that does not apply is a 422, one that is no patch a 400. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch')
  if (patch.length > maxOperations) throw badRequest(`The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`)
  try {
    return fastJsonPatch.applyPatch(target, patch as Operation[], true, false).newDocument
  } catch {
    throw unprocessable()
  }
}
