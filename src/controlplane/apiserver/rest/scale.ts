import { own } from '../../../base/own.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import { type FieldError, invalid as invalidField } from '../../../kube/validation/field-errors.ts'
import { groupVersion } from '../discovery/served.ts'
import type { ResourceDefinition, ScaleRule } from '../resource.ts'
import type { DecodedKind } from './decode.ts'
import type { Target } from './environment.ts'
import { invalid, notFound } from './status-errors.ts'

/** autoscaling/v1 Scale. */
export interface Scale extends KubeObject {
  spec?: { replicas?: number }
  status?: { replicas: number; selector?: string }
}

/** What a client sends to a `scale`. */
export const scaleKind: DecodedKind = { group: 'autoscaling', version: 'v1', kind: 'Scale', model: 'autoscaling/v1.Scale' }

type Json = Record<string, unknown>

function numberAt(object: unknown, path: readonly string[]): number | undefined {
  let value = object
  for (const field of path) value = typeof value === 'object' && value !== null ? own(value as Json, field) : undefined
  return typeof value === 'number' ? value : undefined
}

/** A scale that is asked for of what is not there: built-in kinds name the subresource, custom ones the resource. */
export const scaleNotFound = (definition: ResourceDefinition, name: string) =>
  notFound(definition.decode ? definition : { ...definition, resource: `${definition.resource}/scale` }, name)

/** The Scale of an object. */
export function scaleOf(rule: ScaleRule, object: KubeObject): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata ?? {}
  const selector = rule.selector(object)
  const wanted = numberAt(object, rule.specReplicasPath) ?? 0
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as unknown as KubeObject['metadata'],
    spec: wanted === 0 ? {} : { replicas: wanted },
    status: { replicas: numberAt(object, rule.statusReplicasPath) ?? 0, ...(selector && { selector }) },
  }
}

/** The object with the replicas that a Scale wishes; nothing else of it counts but its resourceVersion and uid. Throws a 422. */
export function scaled(rule: ScaleRule, object: KubeObject, scale: Scale): KubeObject {
  const errors: FieldError[] = []
  const replicas = scale.spec?.replicas ?? 0
  const name = object.metadata?.name ?? ''
  if (replicas < 0) errors.push(invalidField('spec.replicas', replicas, 'must be greater than or equal to 0'))
  if (errors.length > 0) throw invalid({ group: 'autoscaling', resource: 'scales', kind: 'Scale' }, name, errors)
  const next = withNumber(object as unknown as Json, rule.specReplicasPath, replicas) as unknown as KubeObject
  const { resourceVersion, uid } = scale.metadata ?? {}
  return { ...next, metadata: { ...next.metadata, resourceVersion: resourceVersion || undefined, ...(uid && { uid }) } }
}

/** The part of an object that an applied Scale wishes. */
export function partOf({ definition, name }: Target, rule: ScaleRule, { spec }: Scale): KubeObject {
  const wish = spec?.replicas === undefined ? {} : withNumber({}, rule.specReplicasPath, spec.replicas)
  return { apiVersion: groupVersion(definition), kind: definition.kind, metadata: { name }, ...wish }
}

function withNumber(object: Json, [field = '', ...rest]: readonly string[], value: number): Json {
  return { ...object, [field]: rest.length === 0 ? value : withNumber((own(object, field) as Json | undefined) ?? {}, rest, value) }
}
