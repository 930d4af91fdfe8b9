import type { ApiBackend } from '../controlplane/apiserver/rest/backend.ts'
import type { ContainerStatus, CoreEvent, KubeObject, Node, Pod } from '../kube/objects.ts'
import { inOrder } from './event-order.ts'
import type { NamedObject } from './targets.ts'

/** The newest events that an error shows. */
const shownEvents = 6
/** Of so many pods it is told what they are stuck on. */
const shownPods = 3
/** Conditions that are well when they are False. */
const badWhenTrue = new Set([
  'MemoryPressure',
  'DiskPressure',
  'PIDPressure',
  'NetworkUnavailable',
  'DisruptionTarget',
  'PodResizePending',
  'PodResizeInProgress',
  'ReplicaFailure',
  'Failed',
  'FailureTarget',
  'Suspended',
  'Terminating',
  'NonStructuralSchema',
  'ScalingLimited',
])
/** Reasons of waiting that say no more than that it waits. */
const beginning = new Set(['ContainerCreating', 'PodInitializing'])

/** What an object is stuck on: a sentence, then line by line what there is to know. */
export async function whatItIsStuckOn(backend: ApiBackend, { resource, namespace, name }: NamedObject, object: KubeObject | undefined): Promise<string> {
  const events = await eventsOf(backend, name)
  const lines =
    object === undefined
      ? ['there is none']
      : resource === 'pods'
        ? await ofPod(backend, object, events)
        : [...ofOther(object), ...(await ofItsPods(backend, namespace, object))]
  const told = events.slice(-shownEvents).map(({ reason, message, count = 1 }) => `  ${reason}: ${message}${count > 1 ? ` (${count} times)` : ''}`)
  return [...lines, ...(told.length > 0 ? ['last events:', ...told] : ['no events'])].join('\n')
}

const eventsOf = async (backend: ApiBackend, name: string): Promise<readonly CoreEvent[]> =>
  inOrder((await backend.list({ resource: 'events' }, { fieldSelector: `involvedObject.name=${name}` })).items as readonly CoreEvent[])

/** Of the pods that it owns, itself or by what it owns, those that are in trouble. */
async function ofItsPods(backend: ApiBackend, namespace: string, owner: KubeObject): Promise<string[]> {
  const template = (owner as { spec?: { template?: { spec?: { containers?: unknown } }; jobTemplate?: unknown } }).spec
  if (!template?.template?.spec?.containers && !template?.jobTemplate) return []
  const owners = new Set([owner.metadata?.uid])
  const isOwned = ({ metadata }: KubeObject) => metadata?.ownerReferences?.some(({ uid }) => owners.has(uid)) === true
  for (const resource of ['jobs.batch', 'replicasets.apps']) {
    const { items } = await backend.list({ resource, namespace })
    for (const each of items) if (isOwned(each)) owners.add(each.metadata?.uid)
  }
  const pods = (await backend.list({ resource: 'pods', namespace })).items.filter(isOwned) as Pod[]
  if (pods.length === 0) return ['it has no pods']
  const troubled = pods.filter(
    ({ status }) => status?.phase !== 'Succeeded' && !status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
  )
  const told = await Promise.all(
    troubled.slice(0, shownPods).map(async (pod) => {
      const { name = '' } = pod.metadata ?? {}
      const [first = ''] = await ofPod(backend, pod, await eventsOf(backend, name))
      return `pod ${name}: ${first}`
    }),
  )
  return [
    `${pods.length - troubled.length} of its ${pods.length} pods are ready`,
    ...told,
    ...(troubled.length > shownPods ? [`and ${troubled.length - shownPods} others`] : []),
  ]
}

async function ofPod(backend: ApiBackend, pod: Pod, events: readonly CoreEvent[]): Promise<string[]> {
  const { spec, status } = pod
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  const node = spec?.nodeName === undefined ? undefined : await nodeTrouble(backend, spec.nodeName)
  return [
    node ?? trouble(pod, containers, events) ?? 'nothing seems to be wrong with it',
    [status?.phase, status?.reason, status?.message, spec?.nodeName ? `on ${spec.nodeName}` : 'not scheduled'].filter(Boolean).join(', '),
    ...containers.map(describeContainer),
    ...conditions(pod),
  ]
}

/** The first that keeps it from being Ready, or from going. */
function trouble({ metadata, status }: Pod, containers: readonly ContainerStatus[], events: readonly CoreEvent[]): string | undefined {
  const last = (...reasons: string[]) => {
    // That it took too long is told beside what is wrong.
    const event = events.findLast(({ reason = '', message = '' }) => reasons.includes(reason) && !message.includes('timed out waiting for the condition'))
    return event && `${event.reason}: ${event.message}`
  }
  if (metadata?.deletionTimestamp) {
    if (metadata.finalizers?.length) return `it is being deleted, and held by its finalizers ${metadata.finalizers.join(', ')}`
    return `it is being deleted, with ${metadata.deletionGracePeriodSeconds ?? 0} s for its containers to end`
  }
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded')
    return `it has ended: ${[status.phase, status.reason, status.message].filter(Boolean).join(', ')}`
  const unscheduled = status?.conditions?.find(({ type, status: value }) => type === 'PodScheduled' && value === 'False')
  if (unscheduled) return `it is not scheduled: ${unscheduled.message ?? unscheduled.reason}`
  const waits = containers.find(({ state }) => state?.waiting)
  if (waits && !beginning.has(waits.state?.waiting?.reason ?? '')) return describeContainer(waits)
  const unready = containers.find(({ state, ready }) => state?.running && !ready)
  const initializing = status?.initContainerStatuses?.find(({ state }) => state?.running)
  if (initializing) return `init container ${initializing.name} has not ended`
  if (waits) return last('FailedMount', 'FailedCreatePodSandBox', 'FailedToRetrieveImagePullSecret', 'Failed') ?? last('Pulling')
  if (unready)
    return `container ${unready.name} is not ready${unready.started === false ? ', not even started' : ''}: ${last('Unhealthy') ?? 'no probe has succeeded yet'}`
  const gate = status?.conditions?.find(({ type, reason }) => type === 'Ready' && reason === 'ReadinessGatesNotReady')
  return gate?.message
}

async function nodeTrouble(backend: ApiBackend, name: string): Promise<string | undefined> {
  const node = (await backend.get({ resource: 'nodes', name }).catch(() => undefined)) as Node | undefined
  if (!node) return `there is no node ${name}`
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')
  return ready?.status === 'True' ? undefined : `its node ${name} is not Ready: ${[ready?.reason, ready?.message].filter(Boolean).join(', ')}`
}

function ofOther(object: KubeObject): string[] {
  if (object.metadata?.deletionTimestamp && object.metadata.finalizers?.length)
    return [`it is being deleted, and held by its finalizers ${object.metadata.finalizers.join(', ')}`]
  const told = conditions(object as Node)
  return told.length > 0 ? told : [`status ${JSON.stringify((object as Pod).status ?? {})}`]
}

/** Those that are not as they should be. */
const conditions = ({ status }: Pod | Node): string[] =>
  (status?.conditions ?? [])
    .filter(({ type, status: value }) => (value === 'True') === badWhenTrue.has(type))
    .map(({ type, status: value, reason, message }) => [`${type}=${value}`, reason, message].filter(Boolean).join(' '))

function describeContainer({ name, state, lastState, restartCount, ready }: ContainerStatus): string {
  const [what, detail] = Object.entries(state ?? {}).find(([, value]) => value) ?? ['unknown', {}]
  const last = lastState?.terminated
  return [
    `container ${name} ${what}${said(detail as Detail)}`,
    ready ? 'ready' : 'not ready',
    ...(restartCount > 0 ? [`${restartCount} restart${restartCount === 1 ? '' : 's'}`] : []),
    ...(last ? [`it ended last${said(last)}`] : []),
  ].join(', ')
}

interface Detail {
  readonly reason?: string
  readonly message?: string
  readonly exitCode?: number
}

function said({ reason, message, exitCode }: Detail): string {
  const parts = [reason, exitCode === undefined ? undefined : `exit code ${exitCode}`, message].filter(Boolean)
  return parts.length > 0 ? ` (${parts.join(', ')})` : ''
}
