import type { FieldType, Model, ModelRef } from '../../kube/types/model.ts'
import { modelOf } from '../../kube/types/models.ts'

/** A field as the codec meets it: what it is called in JSON, and where it is on the wire. */
export interface Entry {
  readonly no: number
  readonly name: string
  readonly type: FieldType
  /** A message within it whose fields stand among this one's in JSON. Made when it is first met: a type may hold itself. */
  readonly inlined?: ModelRef
}

/** A type made ready for the codec, its fields by number. */
export interface Plan {
  readonly entries: readonly Entry[]
  readonly byNumber: readonly (Entry | undefined)[]
  /** Of the fields within inlined messages: whether any is there tells whether the message is written. */
  readonly model: Model
}

const plans = new WeakMap<Model, Plan>()
const named = new Map<string, Plan>()

/** The plan of a type; made once. */
export function planOf(ref: ModelRef): Plan {
  const known = typeof ref === 'string' ? named.get(ref) : plans.get(ref)
  if (known) return known
  const model = modelOf(ref)
  const entries: Entry[] = []
  for (const [name, type] of model.fields) if (type.no !== undefined) entries.push({ no: type.no, name, type })
  for (const { no, model: inner } of model.inlined ?? []) entries.push({ no, name: '', type: { type: 'model', model: inner }, inlined: inner })
  entries.sort((left, right) => left.no - right.no)
  const byNumber: Entry[] = []
  for (const entry of entries) byNumber[entry.no] = entry
  const plan = { entries, byNumber, model }
  if (typeof ref === 'string') named.set(ref, plan)
  else plans.set(ref, plan)
  return plan
}
