import { KubeError } from '../../src/kube/client.ts'
import type { KubeObject, Status } from '../../src/kube/objects.ts'
import type { makeBackend } from './harness.ts'

type Backend = Awaited<ReturnType<typeof makeBackend>>['backend']
type Changed = { [key: string]: unknown }

/** `field: message` of each cause of a 422; empty when the write goes well. */
export async function causesOf(write: Promise<unknown>): Promise<string[]> {
  try {
    await write
    return []
  } catch (error) {
    if (!(error instanceof KubeError) || error.code !== 422) throw error
    const { details } = (error as unknown as { status: Status }).status
    return (details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`)
  }
}

/** `object` with values set at dotted paths; an undefined value removes. */
export function withValues<T extends object>(object: T, changes: Changed): T {
  const copy = structuredClone(object)
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.')
    const last = keys.pop() ?? ''
    let at = copy as Record<string, unknown>
    for (const key of keys) {
      at[key] ??= {}
      at = at[key] as Record<string, unknown>
    }
    if (value === undefined) delete at[last]
    else at[last] = value
  }
  return copy
}

/** What is said of a new object. */
export const refusals = (backend: Backend, resource: string, object: object): Promise<string[]> =>
  causesOf(backend.create({ resource, namespace: 'default' }, structuredClone(object) as KubeObject))

/** What is said of a change, of the status or of the rest, of the object as it is stored. */
export async function updateRefusals(backend: Backend, resource: string, name: string, changes: Changed, subresource?: string): Promise<string[]> {
  const ref = { resource, namespace: 'default', name }
  return causesOf(backend.update(ref, withValues(await backend.get(ref), changes) as KubeObject, { subresource }))
}
