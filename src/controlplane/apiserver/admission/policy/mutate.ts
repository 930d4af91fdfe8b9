import { isDeepStrictEqual } from 'node:util'
import { toJson } from '../../../../cel/evaluate/to-json.ts'
import { type CelValue, EvaluationError, Struct, typeName } from '../../../../cel/evaluate/values.ts'
import { KubeError } from '../../../../kube/client.ts'
import type { KubeObject } from '../../../../kube/objects.ts'
import { jsonPatch } from '../../patch/json-patch.ts'
import { decodeObject } from '../../rest/decode.ts'
import type { RestEnvironment } from '../../rest/environment.ts'
import type { Decide } from '../expressions.ts'
import { become, type HookRequest, nameOf, type Rounds } from '../hooks.ts'
import { converted } from '../matching.ts'
import { forbiddenAs } from '../refusal.ts'
import { applyConfiguration, MutationError } from './apply-configuration.ts'
import { PolicyEvaluation } from './evaluate.ts'
import { type Invocation, invocationsOf } from './invocations.ts'
import { typeMismatch } from './mutation-types.ts'
import { type Binding, ignoresFailure, type Mutation, objectName, type Policy } from './policy.ts'

interface Failure {
  readonly policy: Policy
  readonly binding?: Binding
  readonly message: string
  readonly reason?: string
}

/** Changes an object by the MutatingAdmissionPolicies that are bound to its request, each seeing what those before it made of it. */
export async function applyPolicies(request: HookRequest, environment: RestEnvironment, rounds: Rounds, decide: Decide): Promise<void> {
  if (request.operation === 'DELETE' || request.operation === 'CONNECT') return
  const failures: Failure[] = []
  for (const invocation of invocationsOf('mutatingadmissionpolicies', request, environment)) {
    if ('message' in invocation) failures.push(invocation)
    else await invoke(invocation, request, environment, rounds, decide, failures)
  }
  refuse(
    failures.filter(({ policy }) => !ignoresFailure(policy)),
    request,
  )
}

async function invoke(
  invocation: Invocation,
  request: HookRequest,
  environment: RestEnvironment,
  rounds: Rounds,
  decide: Decide,
  failures: Failure[],
): Promise<void> {
  const { policy, binding } = invocation
  const id = idOf(invocation)
  if (rounds.round === 1 && !rounds.again.has(id)) return
  const before = structuredClone(request.object)
  const { matches, error } = await (await PolicyEvaluation.of(invocation, request, environment, decide)).matches()
  if (error !== undefined) failures.push({ policy, binding, message: error, reason: 'Invalid' })
  if (!matches) return
  for (const mutation of policy.spec?.mutations ?? []) {
    try {
      await mutate(mutation, invocation, request, await PolicyEvaluation.of(invocation, request, environment, decide))
    } catch (fault) {
      if (!(fault instanceof MutationError || fault instanceof EvaluationError)) throw fault
      failures.push({ policy, binding, message: fault.message, reason: 'Invalid' })
    }
  }
  if (!isDeepStrictEqual(before, request.object)) {
    rounds.changed = true
    for (const earlier of rounds.reinvocable) rounds.again.add(earlier)
  }
  if (policy.spec?.reinvocationPolicy === 'IfNeeded') rounds.reinvocable.add(id)
}

const idOf = ({ policy, binding, param }: Invocation) =>
  `mutatingadmissionpolicies/${objectName(policy)}/${objectName(binding)}/${param?.metadata?.namespace ?? ''}/${param?.metadata?.name ?? ''}`

async function mutate(mutation: Mutation, { seen }: Invocation, request: HookRequest, evaluation: PolicyEvaluation): Promise<void> {
  const { definition, context, object, subresource } = request
  const whole = subresource === '' || subresource === 'status'
  const to = whole ? seen : definition
  const current = evaluation.object
  if (!current) return
  const expression = (mutation.patchType === 'JSONPatch' ? mutation.jsonPatch?.expression : mutation.applyConfiguration?.expression) ?? ''
  const outcome = await evaluation.evaluate(expression)
  if ('error' in outcome) throw new MutationError(outcome.error)
  const next = mutation.patchType === 'JSONPatch' ? patched(current, outcome.value) : applyConfiguration(current, partOf(outcome.value), to)
  if (next === current) return
  const back = (await converted(next, to, definition)) ?? next
  if (!whole) return become(object, back)
  const decoded = decodeObject(definition, back, { fieldValidation: 'Ignore', warn: context.warn })
  definition.defaults?.(decoded)
  become(object, decoded)
}

/** The part of an object that an ApplyConfiguration's expression made. */
function partOf(value: CelValue): object {
  if (!(value instanceof Struct) || !value.type.startsWith('Object'))
    throw new MutationError(`unsupported return type from ApplyConfiguration expression: ${typeName(value)}`)
  const mismatch = typeMismatch(value, 'Object')
  if (mismatch !== undefined) throw new MutationError(`type mismatch: ${mismatch}`)
  return toJson(value) as object
}

/** The object after a JSONPatch's operations; the same one when a test of them fails. */
function patched(object: KubeObject, value: CelValue): KubeObject {
  if (!Array.isArray(value)) throw new MutationError('type mismatch: JSONPatchType.expression should evaluate to array')
  const operations = value.map((entry) => operationOf(entry as CelValue))
  try {
    return jsonPatch(object, operations) as KubeObject
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
    if (operations.some(({ op }) => op === 'test') && !applies(object, operations)) return object
    throw new MutationError(`JSONPath: ${error.message}`)
  }
}

/** Whether the tests among the operations hold, taken one after the other. */
function applies(object: KubeObject, operations: readonly { readonly op: unknown }[]): boolean {
  let current: unknown = object
  for (const operation of operations) {
    try {
      current = jsonPatch(current, [operation])
    } catch {
      return operation.op !== 'test'
    }
  }
  return true
}

function operationOf(entry: CelValue): { readonly op: unknown; readonly [field: string]: unknown } {
  if (!(entry instanceof Struct) || entry.type !== 'JSONPatch')
    throw new MutationError(`type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch, got element of ${typeName(entry)}`)
  const path = entry.fields.get('path')
  const value = entry.fields.get('value')
  const mismatch = value instanceof Struct ? typeMismatch(value, value.type) : undefined
  if (mismatch !== undefined) throw new MutationError(`type mismatch: ${mismatch}`)
  const from = entry.fields.get('from')
  return {
    op: entry.fields.get('op') ?? '',
    path: path ?? '',
    ...(from !== undefined && from !== '' && { from }),
    ...(value !== undefined && { value: toJson(value) }),
  }
}

function refuse(failures: readonly Failure[], request: HookRequest): void {
  const messages = failures.map(({ policy, binding, message }) =>
    binding
      ? `policy '${objectName(policy)}' with binding '${objectName(binding)}' denied request: ${message}`
      : `policy ${JSON.stringify(objectName(policy))} denied request: ${message}`,
  )
  const [first] = failures
  if (!first) return
  throw forbiddenAs(request.definition, nameOf(request), {
    message: messages[0] ?? '',
    reason: first.reason ?? 'Forbidden',
    code: 403,
    causes: messages,
    bare: true,
  })
}
