import { parseJson, writeJson } from '../../../../json/exact.ts'
import { KubeError } from '../../../../kube/client.ts'
import type { KubeObject, Status } from '../../../../kube/objects.ts'
import { fieldsOf } from '../../apply/field-set.ts'
import { differing } from '../../apply/fields-of-value.ts'
import { applyPatch, type PlainPatchType } from '../../rest/apply-patch.ts'
import { type DecodedKind, decodeObject, type FieldValidation } from '../../rest/decode.ts'
import { checkSize, sizedJson } from '../../rest/size.ts'
import { type ParsedBody, parseObject, parsePatch } from './parse-body.ts'

interface Task {
  readonly bytes: Uint8Array
  readonly kind: DecodedKind
  readonly fieldValidation: FieldValidation
}

/** What is done with a large body away from the thread that serves. All of it crosses threads. */
export type LargeBodyTask =
  | (Task & { readonly type: 'object'; readonly contentType: string | undefined; readonly creates: boolean })
  | (Task & { readonly type: 'apply' })
  /** `old` is the present object, as JSON. */
  | (Task & { readonly type: 'patch'; readonly patchType: PlainPatchType; readonly old: string })

/** The decoded object as JSON, with what there is to warn of; or the refusal. */
export type LargeBodyResult =
  | { readonly type: 'done'; readonly json: string; readonly warnings: readonly string[] }
  | { readonly type: 'refused'; readonly message: string; readonly code: number; readonly reason: string; readonly status: Status | undefined }

/** Reads and decodes a body: the entry of the worker thread. */
export function handleLargeBody(task: LargeBodyTask): LargeBodyResult {
  const warnings: string[] = []
  try {
    const { value, duplicates } = parsedOf(task)
    const object = decodeObject(task.kind, value, { fieldValidation: task.fieldValidation, duplicates, warn: (text) => warnings.push(text) })
    const json = sizedJson(object)
    // Who owns the fields is stored with them.
    checkSize(json.length + ownershipLength(task, object))
    return { type: 'done', json, warnings }
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
    const { message, code, reason, status } = error
    return { type: 'refused', message, code, reason, status }
  }
}

/** Characters that say of which fields the writer is the manager; where that is not known yet, none. */
function ownershipLength(task: LargeBodyTask, object: KubeObject): number {
  const { model } = task.kind
  if (!model || (task.type === 'object' && !task.creates)) return 0
  const fields = fieldsOf(model, object as Readonly<Record<string, unknown>>, task.type === 'apply' ? 'Apply' : 'Update')
  return writeJson(task.type === 'patch' ? differing(fields, parseJson(task.old), object) : fields).length
}

function parsedOf(task: LargeBodyTask): ParsedBody {
  const bytes = Buffer.from(task.bytes.buffer, task.bytes.byteOffset, task.bytes.byteLength)
  switch (task.type) {
    case 'object':
      return parseObject(bytes, task.contentType, task.kind)
    case 'apply':
      return parsePatch(bytes, 'application/apply-patch+yaml')
    case 'patch': {
      const { value, duplicates } = parsePatch(bytes, task.patchType)
      return { value: applyPatch(task.patchType, task.kind.model, parseJson(task.old) as KubeObject, value), duplicates }
    }
  }
}
