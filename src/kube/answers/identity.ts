import { isRecord } from './type-check.ts'

/** As much of an object's name as could be read. */
export interface Identity {
  readonly uid?: string
  readonly namespace?: string
  readonly name?: string
}

/** An object that an API server sent and that cannot be used. */
export interface RefusedObject {
  readonly identity: Identity
  /** What is wrong with it, beginning with the field: `.spec.containers: must be a list`. */
  readonly why: string
}

/** What can be read of a damaged object's name. */
export function identityOf(object: unknown): Identity {
  const metadata = isRecord(object) && isRecord(object.metadata) ? object.metadata : {}
  const { uid, namespace, name } = metadata
  return { ...text('uid', uid), ...text('namespace', namespace), ...text('name', name) }
}

const text = (key: keyof Identity, value: unknown): Identity => (typeof value === 'string' && value !== '' && value.length <= 512 ? { [key]: value } : {})

/**
 * Whether `known` may be the object of which only `seen` could be read. An object of which nothing could be read may be any: what is not in the rest of a
 * list is not gone then.
 */
export function mayBe(seen: Identity, known: Identity): boolean {
  if (seen.uid !== undefined && known.uid !== undefined) return seen.uid === known.uid
  if (seen.name === undefined) return seen.namespace === undefined || seen.namespace === known.namespace
  return seen.name === known.name && (seen.namespace === undefined || seen.namespace === known.namespace)
}

/** For logs: `namespace/name`, or what there is of it. */
export const shown = ({ uid, namespace, name }: Identity): string =>
  name === undefined ? (uid ?? 'unknown') : namespace === undefined ? name : `${namespace}/${name}`
