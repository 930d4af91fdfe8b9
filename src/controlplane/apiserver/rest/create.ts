import { copyJson } from '../../../json/copy.ts'
import { KubeError } from '../../../kube/client.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import { trackUpdate } from '../apply/server-side-apply.ts'
import { groupVersion } from '../discovery/served.ts'
import type { ResourceDefinition } from '../resource.ts'
import { decodeObject } from './decode.ts'
import { admit, idOf, prefixOf, type RestEnvironment, type Target, type WriteContext, whenAdmitted } from './environment.ts'
import { checkNamespace } from './namespace-lifecycle.ts'
import { fitToPath, generateName, newMeta, timestamp, validateMeta } from './object-meta.ts'
import { sizedJson } from './size.ts'
import { alreadyExists, badRequest, internal, invalid } from './status-errors.ts'

const generateAttempts = 8

/** Creates an object: decode, defaults, admission, the kind's own preparation, validation, storage. */
export async function createObject(environment: RestEnvironment, target: Target, body: unknown, context: WriteContext): Promise<KubeObject> {
  const { definition } = target
  const decoded = context.decoded ? (body as KubeObject) : decodeObject(definition, body, context)
  if (definition.answerCreate) {
    if (definition.namespaced) decoded.metadata = fitToPath(decoded, target.namespace, undefined)
    const request = { operation: 'CREATE', definition, subresource: '', namespace: target.namespace, name: '', object: decoded, context } as const
    await admit(environment, request)
    const answer = await whenAdmitted(environment, request, async () => definition.answerCreate?.(decoded, context))
    return answered(definition, answer ?? decoded, decoded, context)
  }
  if (decoded.metadata?.resourceVersion) throw internal('resourceVersion should not be set on objects to be created')
  const base = decoded.metadata?.name ? undefined : decoded.metadata?.generateName
  for (let attempt = 1; ; attempt++) {
    await context.pause?.()
    // Only a name that is made may be tried twice.
    const object = context.decoded && !base ? decoded : copyJson(decoded)
    if (base && object.metadata) object.metadata.name = generateName(base)
    try {
      return await createNew(environment, target, object, context)
    } catch (error) {
      const taken = error instanceof KubeError && error.reason === 'AlreadyExists'
      if (!taken || !base || attempt >= generateAttempts) throw error
    }
  }
}

/** Stores a decoded object that no one else holds. `managedFields` in it are kept when `tracked`. */
export async function createNew(
  environment: RestEnvironment,
  { definition, namespace }: Target,
  object: KubeObject,
  context: WriteContext,
  tracked = false,
): Promise<KubeObject> {
  if (definition.namespaced && !namespace) throw badRequest('namespace is required for a namespaced resource')
  object.metadata = newMeta(fitToPath(object, namespace, undefined), namespace, context.now)
  if (definition.generation) object.metadata.generation = 1
  await context.pause?.()
  definition.defaults?.(object)
  await context.pause?.()
  // What admission and the server add after this is nobody's.
  const managed = tracked ? object.metadata.managedFields : managedAfter(definition, undefined, ownPart(definition, object), context)
  const name = object.metadata.name ?? ''
  const target = { definition, namespace, name }
  await context.pause?.()
  checkNamespace(environment, target, name)
  const request = { operation: 'CREATE', definition, subresource: '', namespace, name, object, context } as const
  await admit(environment, request)
  await context.pause?.()
  definition.prepareCreate?.(object)
  const errors = [...validateMeta(definition, object.metadata), ...(definition.validate?.(object) ?? [])]
  if (errors.length > 0) throw invalid(definition, name, errors)
  for (const text of definition.warnings?.(object, undefined, undefined) ?? []) context.warn(text)
  await context.pause?.()
  if (managed?.length) object.metadata.managedFields = managed
  else delete object.metadata.managedFields
  return whenAdmitted(environment, request, () => storeNew(environment, target, object, context))
}

async function storeNew({ store }: RestEnvironment, target: Target, object: KubeObject, context: WriteContext): Promise<KubeObject> {
  const { definition, name } = target
  const id = idOf(target)
  const prefix = prefixOf(definition)
  if (context.dryRun) {
    if (store.get(prefix, id)) throw alreadyExists(definition, name)
    return object
  }
  sizedJson(object)
  await context.pause?.()
  const stored = (await definition.toStorage?.(object)) ?? object
  const result = await store.put(prefix, id, stored, 0)
  if (result === 'conflict') throw alreadyExists(definition, name)
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(result.revision) } }
}

/** The part of a new object that its creator owns: no status where that is a subresource, no fields that hold nothing. */
function ownPart({ subresources }: ResourceDefinition, object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata ?? {}
  const { status, spec, ...rest } = object as KubeObject & { status?: unknown; spec?: object }
  const keepStatus = !subresources?.some(({ name }) => name === 'status')
  const own = { ...rest, metadata, ...(spec && Object.keys(spec).length > 0 && { spec }), ...(keepStatus && { status }) }
  return own as KubeObject
}

/** Completes the answer of what is not stored: it looks as if it had been. */
export function answered(
  definition: Pick<ResourceDefinition, 'group' | 'version' | 'model'>,
  answer: KubeObject,
  body: KubeObject,
  context: WriteContext,
  subresource?: string,
): KubeObject {
  const managedFields = managedAfter(definition, undefined, body, context, subresource)
  return { ...answer, metadata: { creationTimestamp: null, ...answer.metadata, ...(managedFields.length > 0 && { managedFields }) } } as unknown as KubeObject
}

type ManagedFields = NonNullable<NonNullable<KubeObject['metadata']>['managedFields']>

/** The ownership of fields after a write. */
export function managedAfter(
  definition: Pick<ResourceDefinition, 'group' | 'version' | 'model'>,
  old: KubeObject | undefined,
  next: KubeObject,
  context: WriteContext,
  subresource?: string,
): ManagedFields {
  // As with a kube-apiserver, nobody is noted as the writer of ephemeral containers.
  if (!definition.model || subresource === 'ephemeralcontainers') return next.metadata?.managedFields ?? []
  return trackUpdate(old as Record<string, unknown> | undefined, next as Record<string, unknown>, {
    model: definition.model,
    apiVersion: groupVersion(definition),
    manager: context.fieldManager,
    time: timestamp(context.now),
    ...(subresource && { subresource }),
  }) as ManagedFields
}
