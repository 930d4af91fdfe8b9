import type { Brand } from '../base/brand.ts'

/** `metadata.uid` of a pod. A static pod's is computed from its content. */
export type PodUid = Brand<string, 'PodUid'>

/** Marks a uid taken from an API object or a container label. */
export const podUid = (value: string): PodUid => value as PodUid

/** A pod's uid; empty for one that no API server has seen. */
export const uidOf = (pod: { readonly metadata?: { readonly uid?: string } }): PodUid => podUid(pod.metadata?.uid ?? '')
