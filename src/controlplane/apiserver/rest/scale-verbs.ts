import type { KubeObject } from '../../../kube/objects.ts'
import type { ScaleRule } from '../resource.ts'
import { applyPatch, objectOf } from './apply-patch.ts'
import { decodeObject } from './decode.ts'
import type { RestEnvironment, Target, WriteContext } from './environment.ts'
import { type PatchOutcome, type PatchRequest, patchObject } from './patch.ts'
import { partOf, type Scale, scaled, scaleKind, scaleOf } from './scale.ts'
import { badRequest, entityTooLarge } from './status-errors.ts'
import { checkUid, updateObject } from './update.ts'

/** PUT of a Scale. */
export async function updateScale(
  environment: RestEnvironment,
  target: Target,
  rule: ScaleRule,
  body: unknown,
  context: WriteContext,
  subresource = 'scale',
): Promise<PatchOutcome> {
  const scale = (context.decoded ? body : decodeObject(scaleKind, body, context)) as Scale
  checkPlace(target, scale)
  const change = (old: KubeObject) => {
    checkUid(target, scale, old)
    return scaled(rule, old, scale)
  }
  return answer(rule, await updateObject(environment, target, change, asObject(context), { subresource }))
}

/** PATCH of a Scale: of what GET answers. A server-side apply owns the field of the object itself. */
export async function patchScale(
  environment: RestEnvironment,
  target: Target,
  rule: ScaleRule,
  { type, patch, change, subresource = 'scale', force }: PatchRequest,
  context: WriteContext,
): Promise<PatchOutcome> {
  if (change) throw entityTooLarge('a Scale is small')
  if (type === 'application/apply-patch+yaml') {
    const given = objectOf(patch) as KubeObject
    if (!given.apiVersion || !given.kind) throw badRequest('apply patches must name apiVersion and kind')
    const scale = (context.decoded ? given : decodeObject(scaleKind, given, context)) as Scale
    checkPlace(target, scale)
    const request = { type, patch: partOf(target, rule, scale), subresource, force }
    const { object, created } = await patchObject(environment, target, request, asObject(context))
    return { object: scaleOf(rule, object), created }
  }
  const next = (old: KubeObject) => {
    const patched = applyPatch(type, scaleKind.model, scaleOf(rule, old), patch)
    const scale = decodeObject(scaleKind, patched, context) as Scale
    checkPlace(target, scale)
    return scaled(rule, old, scale)
  }
  return answer(rule, await updateObject(environment, target, next, asObject(context), { subresource }))
}

const answer = (rule: ScaleRule, object: KubeObject): PatchOutcome => ({ object: scaleOf(rule, object), created: false })

/** What the client sent was checked as a Scale; the object is not its. */
const asObject = (context: WriteContext): WriteContext => ({ ...context, fieldValidation: 'Ignore', duplicates: undefined, decoded: false })

function checkPlace({ name, namespace }: Target, { metadata }: Scale): void {
  if (metadata?.name && metadata.name !== name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  if (metadata?.namespace && metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
}
