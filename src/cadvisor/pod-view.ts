import type { Container, ContainerStatus, Pod, PodStatus } from '../kube/objects.ts'
import { qosClass } from '../kube/qos.ts'
import { parseQuantity } from '../kube/quantity.ts'
import type { ContainerKind, ContainerView, Ended, PodView } from './views.ts'

/** A pod as the page shows it. `status` is the newest that its actor reported; absent: what the API server has. */
export function podView(pod: Pod, status: PodStatus = pod.status ?? {}): PodView {
  const statuses = new Map(
    [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? []), ...(status.ephemeralContainerStatuses ?? [])].map((each) => [
      each.name,
      each,
    ]),
  )
  const view = (kind: ContainerKind) => (spec: Pick<Container, 'name' | 'image' | 'resources' | 'restartPolicy'>) =>
    containerView(spec, kind === 'init' && spec.restartPolicy === 'Always' ? 'sidecar' : kind, statuses.get(spec.name))
  const containers = [
    ...(pod.spec?.initContainers ?? []).map(view('init')),
    ...(pod.spec?.containers ?? []).map(view('container')),
    ...(pod.spec?.ephemeralContainers ?? []).map((each) => view('ephemeral')({ name: each.name, image: each.image })),
  ]
  const counted = containers.filter(({ kind }) => kind === 'container' || kind === 'sidecar')
  const word = statusWord(pod, status, containers)
  return {
    uid: pod.metadata?.uid ?? '',
    namespace: pod.metadata?.namespace ?? '',
    name: pod.metadata?.name ?? '',
    status: word,
    health: healthOf(word, status, counted),
    ready: counted.filter(({ ready }) => ready).length,
    total: counted.length,
    restarts: containers.reduce((sum, { restarts }) => sum + restarts, 0),
    ip: status.podIP ?? '',
    qos: status.qosClass ?? qosClass(pod),
    hostNetwork: pod.spec?.hostNetwork ?? false,
    createdAt: timeOf(pod.metadata?.creationTimestamp) ?? 0,
    message: status.message ?? '',
    containers,
  }
}

function containerView(spec: Pick<Container, 'name' | 'image' | 'resources'>, kind: ContainerKind, status: ContainerStatus | undefined): ContainerView {
  const { running, terminated, waiting } = status?.state ?? {}
  const last = status?.lastState?.terminated
  return {
    name: spec.name,
    kind,
    image: spec.image ?? '',
    id: (status?.containerID ?? '').replace(/^.*:\/\//, ''),
    state: running ? 'running' : terminated ? 'terminated' : 'waiting',
    ready: status?.ready ?? false,
    startedAt: timeOf(running?.startedAt ?? terminated?.startedAt),
    restarts: status?.restartCount ?? 0,
    ...(terminated ? ended(terminated) : { reason: waiting?.reason, message: waiting?.message }),
    last: last && ended(last),
    cpuLimit: amount(spec.resources?.limits?.cpu, 1_000_000n),
    cpuRequest: amount(spec.resources?.requests?.cpu, 1_000_000n),
    memoryLimit: amount(spec.resources?.limits?.memory, 1_000_000_000n),
    memoryRequest: amount(spec.resources?.requests?.memory, 1_000_000_000n),
  }
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>

const ended = ({ reason, exitCode, signal, message, finishedAt }: Terminated): Ended => ({ reason, exitCode, signal, message, finishedAt: timeOf(finishedAt) })

/** kubectl's STATUS column (printPod in kubernetes/pkg/printers). */
function statusWord(pod: Pod, status: PodStatus, containers: readonly ContainerView[]): string {
  if (pod.metadata?.deletionTimestamp) return 'Terminating'
  const inits = containers.filter(({ kind }) => kind === 'init')
  const broken = inits.find(({ state, exitCode }) => state !== 'terminated' || exitCode !== 0)
  if (broken && status.phase === 'Pending') {
    const why = broken.reason !== undefined && broken.reason !== 'PodInitializing' ? broken.reason : undefined
    if (why) return `Init:${why}`
    return `Init:${inits.indexOf(broken)}/${inits.length}`
  }
  let word = status.reason ?? status.phase ?? 'Pending'
  let anyRunning = false
  for (const { kind, state, reason, exitCode, signal, ready } of containers) {
    if (kind !== 'container') continue
    if (state === 'waiting' && reason) word = reason
    else if (state === 'terminated') word = reason ?? (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`)
    else if (state === 'running' && ready) anyRunning = true
  }
  return word === 'Completed' && anyRunning ? 'Running' : word
}

function healthOf(word: string, { phase }: PodStatus, counted: readonly ContainerView[]): PodView['health'] {
  if (phase === 'Succeeded' || word === 'Completed') return 'done'
  if (phase === 'Failed' || /Err|BackOff|OOMKilled|Error|Invalid|Unknown|Evicted|ExitCode|Signal|ContainerCannotRun|Unexpected/.test(word)) return 'bad'
  return word === 'Running' && counted.every(({ ready }) => ready) ? 'good' : 'waiting'
}

function timeOf(text: unknown): number | undefined {
  const at = Date.parse(String(text ?? ''))
  return Number.isNaN(at) ? undefined : at
}

/** What the API server took is a quantity; a static pod's may be none. */
function amount(text: string | undefined, divisor: bigint): number | undefined {
  const value = text === undefined ? undefined : parseQuantity(text)
  return value === undefined ? undefined : Number(value / divisor)
}
