import type { KubeObject } from '../../../../kube/objects.ts'
import type { FieldType, ModelRef } from '../../../../kube/types/model.ts'
import { modelOf } from '../../../../kube/types/models.ts'
import { serverSideApply } from '../../apply/server-side-apply.ts'
import { groupVersion } from '../../discovery/served.ts'
import type { ResourceDefinition } from '../../resource.ts'

/** A mutation that cannot be carried out; the message is kube-apiserver's. */
export class MutationError extends Error {}

/** Merges a part of an object into it, as server-side apply does: lists by their keys. Throws `MutationError` where it would replace what is one whole. */
export function applyConfiguration(object: KubeObject, part: object, definition: ResourceDefinition): KubeObject {
  const { model } = definition
  const failed = (why: string) => new MutationError(`error applying patch: ${why}`)
  if (model === undefined) throw failed(`no corresponding type for ${groupVersion(definition)}, Kind=${definition.kind}`)
  const typed = { ...part, apiVersion: groupVersion(definition), kind: definition.kind }
  const atomics = atomicsOf({ type: 'model', model }, typed, '')
  if (atomics.length > 0) throw failed(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`)
  const { managedFields, ...metadata } = object.metadata ?? {}
  // Nobody owns anything while it is merged: what the part names is taken, the rest stays.
  const result = serverSideApply({ ...object, metadata } as Record<string, unknown>, typed, {
    model: model as ModelRef,
    apiVersion: groupVersion(definition),
    manager: 'admission',
    force: true,
    time: '',
  })
  if ('conflicts' in result) throw failed('failed to merge patch')
  const merged = result.object as KubeObject
  return { ...merged, metadata: { ...merged.metadata, managedFields } }
}

/** Where the part names something that is replaced as a whole. */
function atomicsOf(type: FieldType, value: unknown, path: string): string[] {
  switch (type.type) {
    case 'model': {
      if (typeof value !== 'object' || value === null) return []
      if (type.atomic) return [path]
      const { fields } = modelOf(type.model)
      return Object.entries(value).flatMap(([key, item]) => {
        const field = fields.get(key)
        return field ? atomicsOf(field, item, `${path}.${key}`) : []
      })
    }
    case 'map': {
      if (typeof value !== 'object' || value === null) return []
      return type.atomic ? [path] : Object.entries(value).flatMap(([key, item]) => atomicsOf(type.values, item, `${path}.${key}`))
    }
    case 'array': {
      if (!Array.isArray(value)) return []
      const { listType } = type.keys ?? {}
      if (listType !== 'map' && listType !== 'set') return [path]
      return value.flatMap((item, index) => atomicsOf(type.items, item, `${path}[${index}]`))
    }
    default:
      return []
  }
}
