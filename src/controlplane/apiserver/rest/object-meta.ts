import { randomBytes, randomUUID } from 'node:crypto'
import { sameJson } from '../../../json/same.ts'
import type { KubeObject, ObjectMeta } from '../../../kube/objects.ts'
import { type FieldError, forbidden, invalid, required } from '../../../kube/validation/field-errors.ts'
import { validateAnnotations, validateLabels, validateName, validateQualifiedName } from '../../../kube/validation/names.ts'
import type { ResourceDefinition } from '../resource.ts'
import { badRequest } from './status-errors.ts'

// k8s.io/apimachinery/pkg/util/rand: no vowels, no digits that look like them.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
// kube-apiserver: names.maxGeneratedNameLength.
const maxGeneratedBase = 58

/** A time as the API writes it: RFC 3339 in whole seconds. */
export const timestamp = (now: number) => `${new Date(now).toISOString().slice(0, 19)}Z`

/** A name from `metadata.generateName`: five random letters after it. */
export function generateName(base: string): string {
  const letters = [...randomBytes(5)].map((byte) => alphabet[byte % alphabet.length]).join('')
  return base.slice(0, maxGeneratedBase) + letters
}

/** Gives a new object its identity: what the client says of uid, times and versions does not count. */
export function newMeta(meta: ObjectMeta, namespace: string, now: number): ObjectMeta {
  const { selfLink: _s, resourceVersion: _r, deletionTimestamp: _d, deletionGracePeriodSeconds: _g, generation: _n, ...kept } = meta
  return { ...kept, ...(namespace && { namespace }), uid: randomUUID(), creationTimestamp: timestamp(now) }
}

/** Refuses a body whose namespace or name is not that of the path; puts the path's in. */
export function fitToPath(object: KubeObject, namespace: string, name: string | undefined): ObjectMeta {
  const meta = { ...object.metadata } as ObjectMeta
  if (meta.namespace && meta.namespace !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  if (namespace) meta.namespace = namespace
  if (name !== undefined && meta.name && meta.name !== name)
    throw badRequest(`the name of the object (${meta.name}) does not match the name on the URL (${name})`)
  if (name !== undefined) meta.name = name
  return meta
}

/** The field errors of a new object's metadata. */
export function validateMeta(definition: ResourceDefinition, { name, labels, annotations, finalizers }: ObjectMeta): FieldError[] {
  const errors: FieldError[] = []
  if (!name) errors.push(required('metadata.name', 'name or generateName is required'))
  else if (/[/%]/.test(name) || name === '.' || name === '..')
    errors.push(invalid('metadata.name', name, name === '.' || name === '..' ? `may not be '${name}'` : `may not contain '${name.includes('/') ? '/' : '%'}'`))
  else if (definition.nameRule) errors.push(...validateName('metadata.name', name, definition.nameRule))
  errors.push(...validateLabels('metadata.labels', labels), ...validateAnnotations('metadata.annotations', annotations))
  for (const finalizer of finalizers ?? []) {
    // Of definitions of kinds and of their objects a name needs no domain.
    if (definition.decode || definition.group === 'apiextensions.k8s.io') errors.push(...validateQualifiedName('metadata.finalizers', finalizer))
    else if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(finalizer) && !knownFinalizers.has(finalizer))
      errors.push(invalid('metadata.finalizers', finalizer, 'name is neither a standard finalizer name nor is it fully qualified'))
  }
  return errors
}

/** Finalizers that mean something to the server itself. */
export const knownFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

/** Carries over what an update cannot set; drops nothing the client may. */
export function carryMeta(next: ObjectMeta, old: ObjectMeta): ObjectMeta {
  const { selfLink: _, ...kept } = next
  return {
    ...kept,
    uid: next.uid || old.uid,
    creationTimestamp: old.creationTimestamp,
    ...(old.generateName !== undefined && { generateName: old.generateName }),
    generation: old.generation,
    deletionTimestamp: old.deletionTimestamp,
    deletionGracePeriodSeconds: old.deletionGracePeriodSeconds,
  }
}

/** The field errors of changed metadata. An immutable field is named twice, as the real server does: by the storage and by the strategy. */
export function validateMetaUpdate(definition: ResourceDefinition, next: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors = validateMeta(definition, next)
  if (next.uid !== old.uid) {
    const error = invalid('metadata.uid', next.uid, 'field is immutable')
    errors.push(error, error)
  }
  const known = new Set(old.finalizers)
  const added = (next.finalizers ?? []).filter((finalizer) => !known.has(finalizer))
  if (old.deletionTimestamp && added.length > 0)
    errors.push(
      forbidden(
        'metadata.finalizers',
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((name) => JSON.stringify(name)).join(', ')}}`,
      ),
    )
  return errors
}

/** Whether two states differ in nothing but the record of who owns what. */
export function sameButManaged(a: KubeObject, b: KubeObject): boolean {
  const bare = ({ metadata, ...rest }: KubeObject) => {
    const { managedFields: _m, resourceVersion: _r, ...meta } = metadata ?? {}
    return { ...rest, metadata: meta }
  }
  return sameJson(bare(a), bare(b))
}
