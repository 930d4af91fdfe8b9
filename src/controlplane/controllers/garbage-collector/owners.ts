import type { KubeObject } from '../../../kube/objects.ts'
import { foregroundFinalizer, orphanFinalizer } from '../../apiserver/rest/propagation.ts'

export type OwnerReference = NonNullable<NonNullable<KubeObject['metadata']>['ownerReferences']>[number]

/** What has become of an owner that an object names. */
export type OwnerState =
  /** It is there. */
  | 'solid'
  /** It is being deleted, and waits for those that block it. */
  | 'waiting'
  /** It is not there, or another by its name is. */
  | 'absent'
  /** Nobody can tell: its kind is not served. */
  | 'unknown'

export type Verdict =
  | { readonly type: 'keep' }
  /** Its owners of these uids are let go of. */
  | { readonly type: 'release'; readonly uids: readonly string[] }
  /** `unblock`: it holds up its owners no longer, since its own dependents are being deleted in a circle. */
  | { readonly type: 'delete'; readonly propagation: 'Orphan' | 'Background' | 'Foreground'; readonly unblock: boolean }

/** What becomes of an object by its owners; pure. Source: kube-controller-manager's garbage collector, attemptToDeleteItem. */
export function judge(
  object: KubeObject,
  stateOf: (owner: OwnerReference) => OwnerState,
  dependents: { readonly any: boolean; readonly deletingTheirs: boolean },
): Verdict {
  const { ownerReferences: owners = [], finalizers = [] } = object.metadata ?? {}
  if (owners.length === 0) return { type: 'keep' }
  const states = owners.map((owner) => [owner, stateOf(owner)] as const)
  const uidsOf = (wanted: OwnerState) => states.filter(([, state]) => state === wanted).map(([{ uid }]) => uid)
  if (states.some(([, state]) => state === 'unknown')) return { type: 'keep' }
  const [waiting, absent] = [uidsOf('waiting'), uidsOf('absent')]
  if (uidsOf('solid').length > 0) return waiting.length + absent.length > 0 ? { type: 'release', uids: [...absent, ...waiting] } : { type: 'keep' }
  if (waiting.length > 0 && dependents.any) return { type: 'delete', propagation: 'Foreground', unblock: dependents.deletingTheirs }
  if (finalizers.includes(orphanFinalizer)) return { type: 'delete', propagation: 'Orphan', unblock: false }
  return { type: 'delete', propagation: finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background', unblock: false }
}
