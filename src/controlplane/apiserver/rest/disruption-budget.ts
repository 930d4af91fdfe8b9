import { KubeError } from '../../../kube/client.ts'
import { disruptionAllowed, withDisruptionAllowed } from '../../../kube/disruption-allowed.ts'
import { selectorMatches } from '../../../kube/label-selector.ts'
import type { Pod, PodDisruptionBudget, Status } from '../../../kube/objects.ts'
import { validateLabelSelector } from '../../../kube/validation/label-selector-validation.ts'
import type { RestEnvironment, WriteContext } from './environment.ts'
import { timestamp } from './object-meta.ts'
import { unknownFailure } from './status-errors.ts'

const named = { group: 'policy', resource: 'poddisruptionbudgets' }
const resource = 'poddisruptionbudgets.policy'

// kube-apiserver, registry/core/pod/storage/eviction.go.
const maxDisruptedPods = 2000
const retrySeconds = 10
const maxTries = 100

/** How a pod may go: `free` of any budget, with a disruption `taken` from one, or `unhealthy`, as long as it stays so, past its budget. */
export type Disruption = { readonly kind: 'free' } | { readonly kind: 'taken' } | { readonly kind: 'unhealthy'; readonly budget: string }

/**
 * Takes one disruption from the budget of a pod that is to be evicted. Throws a 429 with its cause when there is none left, a 500 when
 * several budgets hold the pod. A pod that has not begun or has ended, or is going already, needs no budget's word.
 */
export async function takeDisruption(
  { store, backend, definitions }: Pick<RestEnvironment, 'store' | 'backend' | 'definitions'>,
  pod: Pod,
  context: WriteContext,
): Promise<Disruption> {
  const { metadata, status } = pod
  if (metadata?.deletionTimestamp || ['Pending', 'Succeeded', 'Failed'].includes(status?.phase ?? '')) return { kind: 'free' }
  const prefix = definitions.all.find((each) => each.group === named.group && each.resource === named.resource)?.storagePrefix
  if (prefix === undefined) return { kind: 'free' }
  const budgets = [...store.collection(prefix).entries(metadata?.namespace, undefined).inOrder()]
    .map(({ object }) => object as PodDisruptionBudget)
    .filter(({ spec }) => validateLabelSelector('', spec?.selector).length === 0 && selectorMatches(spec?.selector, metadata?.labels))
  if (budgets.length > 1) throw unknownFailure('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.')
  const [budget] = budgets
  if (!budget) return { kind: 'free' }
  if (isUnhealthyAndFree(pod, budget)) return { kind: 'unhealthy', budget: budget.metadata?.name ?? '' }
  await decrement(backend, budget, metadata?.name ?? '', context)
  return { kind: 'taken' }
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
  for (let [budget, tries] = [given, 1]; ; tries++) {
    const next = disrupted(budget, podName, context.now)
    if (context.dryRun) return
    try {
      await backend.update({ resource, namespace, name }, next, { subresource: 'status', fieldManager: context.fieldManager })
      return
    } catch (error) {
      // Another eviction, or the budget's controller, was there first.
      if (!(error instanceof KubeError && error.code === 409)) throw error
      if (tries >= maxTries) throw timedOut(name)
    }
    budget = (await backend.get({ resource, namespace, name })) as PodDisruptionBudget
  }
}

function disrupted(budget: PodDisruptionBudget, podName: string, now: number): PodDisruptionBudget {
  const { metadata, status } = budget
  const name = metadata?.name ?? ''
  const { disruptionsAllowed: allowed = 0, observedGeneration = 0, disruptedPods = {} } = status ?? {}
  if (observedGeneration < (metadata?.generation ?? 0)) throw stillProcessed(name)
  if (allowed < 0) throw forbidden(name, 'pdb disruptions allowed is negative')
  if (Object.keys(disruptedPods).length > maxDisruptedPods)
    throw forbidden(name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller')
  if (!status || allowed === 0) throw refused(whyNone(name, status))
  const next = { ...status, disruptionsAllowed: allowed - 1, disruptedPods: { ...disruptedPods, [podName]: timestamp(now) } }
  return { ...budget, status: allowed === 1 ? withDisruptionAllowed(next, timestamp(now)) : next }
}

function whyNone(name: string, status: PodDisruptionBudget['status']): string {
  const none = `The disruption budget ${name} does not allow evicting pods currently`
  const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {}
  const { status: is, reason = '', message = '' } = disruptionAllowed(status) ?? {}
  const isSaid = is === 'False' && message !== ''
  // Its numbers are none when it could not be worked out.
  if (isSaid && reason === 'SyncFailed') return `${none} because it failed sync: ${message}`
  if (currentHealthy <= desiredHealthy) return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
  return isSaid ? `${none} (${reason}): ${message}` : none
}

const held = "Cannot evict pod as it would violate the pod's disruption budget."
type Details = NonNullable<Status['details']>

function failure(code: number, reason: string, message: string, details: object): KubeError {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details: details as Details, code } as Status
  return new KubeError(message, code, reason, { status })
}

const causes = (message: string) => [{ reason: 'DisruptionBudget', message }]
const refused = (why: string) => failure(429, 'TooManyRequests', held, { causes: causes(why) })

/** 429 of a budget whose numbers are not known yet, or are another by now. */
export const stillProcessed = (budget: string): KubeError =>
  failure(429, 'TooManyRequests', held, {
    causes: causes(`The disruption budget ${budget} is still being processed by the server.`),
    retryAfterSeconds: retrySeconds,
  })

function forbidden(name: string, why: string): KubeError {
  const details = {
    name,
    group: named.group,
    kind: 'poddisruptionbudget',
    causes: causes(`The disruption budget ${name} does not allow evicting pods currently: ${why}`),
  }
  return failure(403, 'Forbidden', `poddisruptionbudget.policy ${JSON.stringify(name)} is forbidden: ${why}`, details)
}

const timedOut = (name: string) =>
  failure(504, 'Timeout', `Timeout: couldn't update PodDisruptionBudget ${JSON.stringify(name)} due to conflicts`, { retryAfterSeconds: retrySeconds })
