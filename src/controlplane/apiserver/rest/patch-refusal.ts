import { writeJson } from '../../../json/exact.ts'
import { KubeError } from '../../../kube/client.ts'
import { invalid as invalidField } from '../../../kube/validation/field-errors.ts'
import type { PlainPatchType } from './apply-patch.ts'
import { invalid } from './status-errors.ts'

export interface RefusedPatch {
  readonly type: PlainPatchType
  readonly patch: unknown
  /** What came of it, where that is known. */
  readonly patched: unknown
  readonly isSecret: boolean
}

const nothing = { group: '', resource: '', kind: '' }
/** More of a patch is not shown. */
const mostShown = 16 * 1024
const undecodable = /^\S+ in version "[^"]*" cannot be handled as a \S+: (.*)$/s
const wrongType = /^json: cannot unmarshal (\w+)(?: \S+)? into Go (?:struct field \S+|value) of type (.+)$/

/**
 * What is said of a patch after which the object cannot be read, or has what nobody knows (`fieldValidation=Strict`): a 422 that shows the patch, or for those of
 * JSON what came of it (kube-apiserver's handlers/patch.go). Any other error is given back.
 */
export function patchRefusal(error: unknown, { type, patch, patched, isSecret }: RefusedPatch): unknown {
  const [, why] = error instanceof KubeError && error.code === 400 ? (undecodable.exec(error.message) ?? []) : []
  if (why === undefined || !(error instanceof KubeError)) return error
  const isStrict = why.startsWith('strict decoding error')
  const isStrategic = type === 'application/strategic-merge-patch+json'
  // It goes to the audit log too.
  const shown = isSecret ? '<secret contents redacted>' : isStrategic ? goText(patch) : writeJson(patched ?? patch)
  const message = isStrict ? why : isStrategic ? converterWords(why) : error.message
  return invalid(nothing, '', [invalidField('patch', shown.slice(0, mostShown), message)])
}

/** A decoded value as Go's `%+v` prints it. */
function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (typeof value !== 'object') return String(value)
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return `map[${entries.map(([key, each]) => `${key}:${goText(each)}`).join(' ')}]`
}

const goKinds: Readonly<Record<string, string>> = { object: 'map', array: 'slice', number: 'int64' }

/** What apimachinery's converter says of a value of the wrong type, where JSON's decoder says `why`. */
function converterWords(why: string): string {
  const [, given = '', type = ''] = wrongType.exec(why) ?? []
  if (type === '') return why
  const kind = goKinds[given] ?? given
  if (type.startsWith('map[')) return `cannot restore map from ${kind}`
  if (type.startsWith('[]')) return `cannot restore slice from ${kind}`
  if (type.includes('.')) return `cannot restore struct from: ${kind}`
  // A whole number can be made a text in Go, which nobody means.
  return given === 'number' && type === 'string' ? 'cannot convert int64 to string' : `unrecognized type: ${type}`
}
