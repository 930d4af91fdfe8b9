import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../../kube/objects.ts'

const specOf = (object: KubeObject) => (object as { spec?: unknown }).spec

/** Another spec is another state that is wished for. */
export const bySpec = (next: KubeObject, previous: KubeObject): boolean => !isDeepStrictEqual(specOf(next), specOf(previous))

/** Deployments count their annotations too: `kubectl rollout` keeps its cause there. */
export const bySpecOrAnnotations = (next: KubeObject, previous: KubeObject): boolean =>
  bySpec(next, previous) || !isDeepStrictEqual(next.metadata?.annotations ?? {}, previous.metadata?.annotations ?? {})
