import type { Deployment, ReplicaSet } from '../../../kube/objects.ts'
import { maxSurgeOf } from './limits.ts'
import { annotationsOf, desiredAnnotation, maxAnnotation } from './revisions.ts'

/** A set as it is to become. */
export interface DraftSet {
  /** As it is stored; of one that is to be made, as it is to be made. */
  readonly object: ReplicaSet
  readonly isStored: boolean
  replicas: number
  annotations: Readonly<Record<string, string>>
  minReadySeconds: number | undefined
}

export const draftOf = (object: ReplicaSet, isStored = true): DraftSet => ({
  object,
  isStored,
  replicas: object.spec?.replicas ?? 0,
  annotations: annotationsOf(object),
  minReadySeconds: object.spec?.minReadySeconds,
})

export const availableOf = ({ object }: DraftSet): number => object.status?.availableReplicas ?? 0
export const isActive = ({ replicas }: DraftSet): boolean => replicas > 0
export const total = (sets: readonly DraftSet[], count: (set: DraftSet) => number): number => sets.reduce((sum, set) => sum + count(set), 0)
export const replicasOf = (sets: readonly DraftSet[]): number => total(sets, ({ replicas }) => replicas)

const createdAt = ({ object }: DraftSet) => Date.parse(object.metadata?.creationTimestamp ?? '') || 0

/** Oldest first, by name where they are of one second. */
export const byAge = (a: DraftSet, b: DraftSet): number =>
  createdAt(a) - createdAt(b) || ((a.object.metadata?.name ?? '') < (b.object.metadata?.name ?? '') ? -1 : 1)

export interface Scaled {
  readonly set: ReplicaSet
  readonly from: number
  readonly to: number
}

/** What a Deployment's sets become in one pass, and how. */
export class Rollout {
  readonly deployment: Deployment
  readonly old: readonly DraftSet[]
  /** The set of the present template, where there is one. */
  fresh: DraftSet | undefined
  readonly scalings: Scaled[] = []
  readonly removed: ReplicaSet[] = []

  constructor(deployment: Deployment, fresh: DraftSet | undefined, old: readonly DraftSet[]) {
    this.deployment = deployment
    this.fresh = fresh
    this.old = old
  }

  get all(): readonly DraftSet[] {
    return this.fresh ? [...this.old, this.fresh] : this.old
  }

  get wanted(): number {
    return this.deployment.spec?.replicas ?? 0
  }

  /** Gives a set that many replicas, and notes for how many in all that was. Answers whether their number changed. */
  scale(set: DraftSet, replicas: number): boolean {
    set.annotations = { ...set.annotations, ...sizeAnnotations(this.deployment) }
    if (set.replicas === replicas) return false
    this.scalings.push({ set: set.object, from: set.replicas, to: replicas })
    set.replicas = replicas
    return true
  }
}

/** By which a later pass sees that the Deployment was scaled meanwhile, and from what. */
export function sizeAnnotations(deployment: Deployment): Readonly<Record<string, string>> {
  const wanted = deployment.spec?.replicas ?? 0
  return { [desiredAnnotation]: String(wanted), [maxAnnotation]: String(wanted + maxSurgeOf(deployment)) }
}
