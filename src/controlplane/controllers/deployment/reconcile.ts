import { isDeepStrictEqual } from 'node:util'
import type { Deployment, Pod, ReplicaSet } from '../../../kube/objects.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'
import { controllerReference } from '../runtime/claim.ts'
import { conditionOf, type DeploymentCondition, type DeploymentStatus, deadlineOf, newCondition, withCondition } from './conditions.ts'
import { newReplicas } from './limits.ts'
import { hashLabel, isSameTemplate, podTemplateHash } from './pod-template-hash.ts'
import { countedStatus, isComplete, lateAt, rolloutStatus } from './progress.ts'
import { resize, wasScaled } from './proportional.ts'
import { annotationsForNew, annotationsOf, revisionAnnotation, revisionOf } from './revisions.ts'
import { roll } from './rolling.ts'
import { byAge, type DraftSet, draftOf, isActive, Rollout, replicasOf, type Scaled, sizeAnnotations } from './rollout.ts'

export interface Observed {
  readonly deployment: Deployment
  /** The sets that it owns. */
  readonly sets: readonly ReplicaSet[]
  /** A set's pods, those that are going too. */
  podsOf(set: ReplicaSet): Iterable<Pod>
}

/** What is to be written, in this order: sets that are made, that change, that go; then the status, with the revision beside it. */
export interface Plan {
  readonly create?: ReplicaSet
  readonly update: readonly ReplicaSet[]
  readonly remove: readonly ReplicaSet[]
  readonly scalings: readonly Scaled[]
  readonly status: DeploymentStatus
  readonly revision?: string
  /** When to look again without a change, in ms since the epoch. */
  readonly nextAt?: number
}

/** What a Deployment's sets become next, by kube-controller-manager's rules. */
export function reconcile({ deployment, sets, podsOf }: Observed, now: number): Plan {
  const { spec, status } = deployment
  const before = pauseTold(deployment, status?.conditions ?? [], now)
  if (deployment.metadata?.deletionTimestamp) {
    const { fresh, old } = sorted(deployment, sets)
    const rollout = new Rollout(deployment, fresh, old)
    return planOf(rollout, countedStatus(rollout, status?.conditions ?? [], now), undefined)
  }
  const { fresh, old, conditions, revision } = found(deployment, sets, before, now)
  const rollout = new Rollout(deployment, fresh, old)
  if (spec?.paused || wasScaled(rollout)) {
    resize(rollout)
    if (spec?.paused) cleanUp(rollout)
    return planOf(rollout, countedStatus(rollout, conditions, now), revision)
  }
  const step = spec?.strategy?.type === 'Recreate' ? recreate : rollOn
  const told = step(rollout, podsOf, now, conditions)
  const next = rolloutStatus(rollout, told, now)
  return { ...planOf(rollout, next, revisionAfter(rollout) ?? revision), ...nextOf(deployment, next) }
}

function nextOf(deployment: Deployment, status: DeploymentStatus): { readonly nextAt?: number } {
  const nextAt = lateAt(deployment, status)
  return nextAt === undefined ? {} : { nextAt }
}

/** The oldest set with the present template is the new one. */
function sorted(deployment: Deployment, sets: readonly ReplicaSet[]): { readonly fresh: DraftSet | undefined; readonly old: readonly DraftSet[] } {
  const drafts = sets.map((set) => draftOf(set)).sort(byAge)
  const fresh = drafts.find(({ object }) => isSameTemplate(object.spec?.template, deployment.spec?.template))
  return { fresh, old: drafts.filter((set) => set !== fresh) }
}

const nextRevision = (old: readonly DraftSet[]) => Math.max(0, ...old.map(({ object }) => revisionOf(object))) + 1

function found(deployment: Deployment, sets: readonly ReplicaSet[], before: readonly DeploymentCondition[], now: number) {
  const { fresh, old } = sorted(deployment, sets)
  if (!fresh) return { fresh, old, conditions: before, revision: undefined }
  fresh.annotations = annotationsForNew(annotationsOf(deployment), fresh.annotations, nextRevision(old))
  fresh.minReadySeconds = deployment.spec?.minReadySeconds
  const isTold = deadlineOf(deployment) === undefined || conditionOf(before, 'Progressing')
  const message = `Found new replica set "${fresh.object.metadata?.name}"`
  const conditions = isTold ? before : withCondition(before, newCondition('Progressing', 'True', 'FoundNewReplicaSet', message, now))
  return { fresh, old, conditions, revision: fresh.annotations[revisionAnnotation] }
}

type Step = (rollout: Rollout, podsOf: Observed['podsOf'], now: number, conditions: readonly DeploymentCondition[]) => readonly DeploymentCondition[]

const rollOn: Step = (rollout, _podsOf, now, conditions) => {
  const told = makeNew(rollout, now, conditions)
  const scaled = rollout.scalings.length
  roll(rollout)
  if (rollout.scalings.length === scaled && isComplete(rollout.deployment, rollout.deployment.status)) cleanUp(rollout)
  return told
}

/** All of the old go before any of the new come. */
const recreate: Step = (rollout, podsOf, now, conditions) => {
  const { old } = rollout
  const active = old.filter(isActive)
  for (const set of active) rollout.scale(set, 0)
  if (active.length > 0 || old.some(({ object }) => (object.status?.replicas ?? 0) > 0 || runs(podsOf(object)))) return conditions
  const told = makeNew(rollout, now, conditions)
  if (rollout.fresh?.isStored) rollout.scale(rollout.fresh, rollout.wanted)
  if (isComplete(rollout.deployment, rollout.deployment.status)) cleanUp(rollout)
  return told
}

function runs(pods: Iterable<Pod>): boolean {
  for (const { status } of pods) if (status?.phase !== 'Failed' && status?.phase !== 'Succeeded') return true
  return false
}

/** Makes the set of the present template, where there is none. */
function makeNew(rollout: Rollout, now: number, conditions: readonly DeploymentCondition[]): readonly DeploymentCondition[] {
  if (rollout.fresh) return conditions
  const { deployment, old } = rollout
  const { name = '', namespace } = deployment.metadata ?? {}
  const { template, selector, minReadySeconds } = deployment.spec ?? {}
  const hash = podTemplateHash(template, deployment.status?.collisionCount)
  const labels = { ...template?.metadata?.labels, [hashLabel]: hash }
  const replicas = newReplicas(deployment, 0, replicasOf(old))
  const annotations = { ...annotationsForNew(annotationsOf(deployment), {}, nextRevision(old)), ...sizeAnnotations(deployment) }
  const set = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations,
      ownerReferences: [controllerReference('apps/v1', 'Deployment', deployment)],
      creationTimestamp: timestamp(now),
    },
    spec: {
      replicas,
      ...(minReadySeconds !== undefined && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template?.metadata, labels } },
    },
  } as ReplicaSet
  rollout.fresh = draftOf(set, false)
  if (replicas > 0) rollout.scalings.push({ set, from: 0, to: replicas })
  if (deadlineOf(deployment) === undefined) return conditions
  return withCondition(conditions, newCondition('Progressing', 'True', 'NewReplicaSetCreated', `Created new replica set "${set.metadata?.name}"`, now))
}

const revisionAfter = ({ fresh }: Rollout) => fresh?.annotations[revisionAnnotation]

/** A rollout that is paused makes no progress, which is not its fault. */
function pauseTold(deployment: Deployment, conditions: readonly DeploymentCondition[], now: number): readonly DeploymentCondition[] {
  const current = conditionOf(conditions, 'Progressing')
  if (deadlineOf(deployment) === undefined || current?.reason === 'ProgressDeadlineExceeded') return conditions
  const wasPaused = current?.reason === 'DeploymentPaused'
  const isPaused = deployment.spec?.paused === true
  if (isPaused === wasPaused) return conditions
  const [reason, message] = isPaused ? ['DeploymentPaused', 'Deployment is paused'] : ['DeploymentResumed', 'Deployment is resumed']
  return withCondition(conditions, newCondition('Progressing', 'Unknown', reason as string, message as string, now))
}

// No limit: math.MaxInt32.
const noLimit = 2 ** 31 - 1

/** Takes away the oldest sets without pods, past the limit of the history. */
function cleanUp({ deployment, old, removed }: Rollout): void {
  const limit = deployment.spec?.revisionHistoryLimit ?? noLimit
  if (limit === noLimit) return
  const alive = old.filter(({ object }) => !object.metadata?.deletionTimestamp)
  const surplus = alive.toSorted((a, b) => revisionOf(a.object) - revisionOf(b.object)).slice(0, Math.max(0, alive.length - limit))
  for (const { object, replicas } of surplus) {
    const { status, metadata } = object
    const isEmpty = (status?.replicas ?? 0) === 0 && (object.spec?.replicas ?? 0) === 0 && replicas === 0
    if (isEmpty && (metadata?.generation ?? 0) <= (status?.observedGeneration ?? 0)) removed.push(object)
  }
}

function planOf({ fresh, all, scalings, removed }: Rollout, status: DeploymentStatus, revision: string | undefined): Plan {
  return {
    ...(fresh && !fresh.isStored && { create: fresh.object }),
    update: all.filter(({ isStored }) => isStored).flatMap((draft) => changed(draft) ?? []),
    remove: removed,
    scalings,
    status,
    ...(revision !== undefined && { revision }),
  }
}

function changed({ object, replicas, annotations, minReadySeconds }: DraftSet): ReplicaSet | undefined {
  const { metadata, spec } = object
  const sameSpec = (spec?.replicas ?? 0) === replicas && (spec?.minReadySeconds ?? 0) === (minReadySeconds ?? 0)
  if (sameSpec && isDeepStrictEqual({ ...annotationsOf(object) }, { ...annotations })) return undefined
  return { ...object, metadata: { ...metadata, annotations }, spec: { ...spec, replicas, minReadySeconds } } as ReplicaSet
}
