import { KubeError } from '../../../kube/client.ts'
import { selectorMatches } from '../../../kube/label-selector.ts'
import type { Pod, PodDisruptionBudget, Status } from '../../../kube/objects.ts'
import { validateLabelSelector } from '../../../kube/validation/label-selector-validation.ts'
import type { RestEnvironment, WriteContext } from './environment.ts'
import { timestamp } from './object-meta.ts'
import { forbiddenBy } from './status-errors.ts'

const named = { group: 'policy', resource: 'poddisruptionbudgets', kind: 'PodDisruptionBudget' }
const resource = 'poddisruptionbudgets.policy'

// kube-apiserver, registry/core/pod/storage/eviction.go.
const maxDisruptedPods = 2000
const retrySeconds = 10

/**
 * Takes one disruption from the budget of a pod that is to be evicted. Throws a 429 with its cause when there is none left, a 500 when
 * several budgets hold the pod. A pod that has not begun or has ended, or is going already, needs no budget's word.
 */
export async function takeDisruption(
  { store, backend, definitions }: Pick<RestEnvironment, 'store' | 'backend' | 'definitions'>,
  pod: Pod,
  context: WriteContext,
): Promise<void> {
  const { metadata, status } = pod
  if (metadata?.deletionTimestamp || ['Pending', 'Succeeded', 'Failed'].includes(status?.phase ?? '')) return
  const prefix = definitions.all.find((each) => each.group === named.group && each.resource === named.resource)?.storagePrefix
  if (prefix === undefined) return
  const budgets = [...store.collection(prefix).entries(metadata?.namespace, undefined).inOrder()]
    .map(({ object }) => object as PodDisruptionBudget)
    .filter(({ spec }) => validateLabelSelector('', spec?.selector).length === 0 && selectorMatches(spec?.selector, metadata?.labels))
  if (budgets.length > 1) throw severalBudgets()
  const [budget] = budgets
  if (!budget || isUnhealthyAndFree(pod, budget)) return
  await decrement(backend, budget, metadata?.name ?? '', context)
}

const isReady = ({ status }: Pod) => status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false

/** A pod that is not ready disrupts nothing, where its budget says so or has all that it needs. */
function isUnhealthyAndFree(pod: Pod, { spec, status }: PodDisruptionBudget): boolean {
  if (isReady(pod)) return false
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const desired = status?.desiredHealthy ?? 0
  return desired > 0 && (status?.currentHealthy ?? 0) >= desired
}

async function decrement(backend: RestEnvironment['backend'], given: PodDisruptionBudget, podName: string, context: WriteContext): Promise<void> {
  const { name = '', namespace } = given.metadata ?? {}
  for (let budget = given; ; budget = (await backend.get({ resource, namespace, name })) as PodDisruptionBudget) {
    const next = disrupted(budget, podName, context.now)
    if (context.dryRun) return
    try {
      await backend.update({ resource, namespace, name }, next, { subresource: 'status', fieldManager: context.fieldManager })
      return
    } catch (error) {
      // Another eviction, or the budget's controller, was there first.
      if (!(error instanceof KubeError && error.code === 409)) throw error
    }
  }
}

function disrupted(budget: PodDisruptionBudget, podName: string, now: number): PodDisruptionBudget {
  const { metadata, status } = budget
  const name = metadata?.name ?? ''
  const { disruptionsAllowed: allowed = 0, observedGeneration = 0, desiredHealthy = 0, currentHealthy = 0, disruptedPods = {} } = status ?? {}
  if (observedGeneration < (metadata?.generation ?? 0)) throw refused(`The disruption budget ${name} is still being processed by the server.`, retrySeconds)
  if (allowed < 0) throw forbiddenBy(named, name, 'pdb disruptions allowed is negative')
  if (Object.keys(disruptedPods).length > maxDisruptedPods)
    throw forbiddenBy(named, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller')
  const condition = status?.conditions?.find(({ type }) => type === 'DisruptionAllowed')
  if (allowed === 0)
    throw refused(
      condition?.reason === 'SyncFailed'
        ? `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${condition.message}`
        : `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
    )
  const none = { type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', message: '', lastTransitionTime: timestamp(now), observedGeneration }
  const others = (status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionAllowed')
  return {
    ...budget,
    status: {
      ...(status as NonNullable<PodDisruptionBudget['status']>),
      disruptionsAllowed: allowed - 1,
      disruptedPods: { ...disruptedPods, [podName]: timestamp(now) },
      ...(allowed === 1 && { conditions: [...others, none] }),
    },
  }
}

function refused(why: string, retryAfterSeconds?: number): KubeError {
  const message = "Cannot evict pod as it would violate the pod's disruption budget."
  const details = { causes: [{ reason: 'DisruptionBudget', message: why }], ...(retryAfterSeconds && { retryAfterSeconds }) }
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: 'TooManyRequests', details, code: 429 } as Status
  return new KubeError(message, 429, 'TooManyRequests', { status })
}

function severalBudgets(): KubeError {
  const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
  return new KubeError(message, 500, '', { status: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 } as Status })
}
