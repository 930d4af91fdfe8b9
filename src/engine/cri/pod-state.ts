import type { PodUid } from '../../kube/ids.ts'
import { containers } from '../../protobuf/cri/container.ts'
import { sandboxes, sandboxReady } from '../../protobuf/cri/sandbox.ts'
import type { ContainerState, KnownPod, PodIdentity, PodState, SandboxState } from '../engine.ts'
import type { CriConnection } from './connection.ts'
import { unlessGone } from './errors.ts'
import { label, podOf } from './labels.ts'
import { containerState, pidOf, sandboxState } from './states.ts'

/** All of one pod: two lists, then a look at each; of what is known only the changed parts are looked at. */
export async function podState(connection: CriConnection, uid: PodUid, known?: KnownPod): Promise<PodState> {
  const unchanged = ({ id }: SandboxState | ContainerState) => !known?.changed.has(id)
  const foundSandboxes = (known?.state.sandboxes ?? []).filter(unchanged)
  const foundContainers = (known?.state.containers ?? []).filter(unchanged)
  const addContainer = async (id: string, sandboxId?: string) => {
    const state = await lookAtContainer(connection, id, sandboxId)
    if (state?.pod.uid === uid) foundContainers.push(state)
    return state !== undefined
  }
  const addSandbox = async (id: string) => {
    const state = await lookAtSandbox(connection, id)
    if (state?.pod.uid === uid) foundSandboxes.push(state)
  }
  if (known) {
    const isSandbox = (id: string) => known.state.sandboxes.some((each) => each.id === id)
    // What is new may be either.
    await Promise.all([...known.changed].map(async (id) => (isSandbox(id) || !(await addContainer(id)) ? addSandbox(id) : undefined)))
  } else {
    const labelSelector = { [label.podUid]: uid }
    const [listedSandboxes, listedContainers] = await Promise.all([
      connection.read('list sandboxes', sandboxes.list, { filter: { labelSelector } }),
      connection.read('list containers', containers.list, { filter: { labelSelector } }),
    ])
    await Promise.all([
      ...listedSandboxes.items.map(({ id }) => addSandbox(id)),
      ...listedContainers.containers.map(({ id, podSandboxId }) => addContainer(id, podSandboxId)),
    ])
  }
  const newestFirst = (a: SandboxState | ContainerState, b: SandboxState | ContainerState) => b.attempt - a.attempt || b.createdAt - a.createdAt
  return {
    sandboxes: foundSandboxes.sort(newestFirst),
    containers: foundContainers.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : newestFirst(a, b))),
  }
}

/** Undefined when it is gone, or no pod's. */
export async function lookAtSandbox(connection: CriConnection, id: string, identity?: PodIdentity): Promise<SandboxState | undefined> {
  // With more than the status: which process it is.
  const answer = await unlessGone(connection.read(`look at sandbox ${id}`, sandboxes.status, { podSandboxId: id, verbose: true }))
  const pod = identity ?? podOf(answer?.status?.labels ?? {})
  if (!answer?.status || !pod) return undefined
  return sandboxState(answer.status, pod, answer.status.state === sandboxReady ? pidOf(answer.info) : 0)
}

async function lookAtContainer(connection: CriConnection, id: string, sandboxId?: string): Promise<ContainerState | undefined> {
  const answer = await unlessGone(connection.read(`look at container ${id}`, containers.status, { containerId: id, verbose: true }))
  const pod = podOf(answer?.status?.labels ?? {})
  if (!answer?.status || !pod) return undefined
  return containerState(answer.status, sandboxId ?? (await sandboxOf(connection, id, answer.info)), pod, pidOf(answer.info))
}

/** A container's status does not say it; what runtimes tell beside does, else a list. */
async function sandboxOf(connection: CriConnection, id: string, info: Readonly<Record<string, string>>): Promise<string> {
  const told = /"sandboxID":"([^"]+)"/.exec(info.info ?? '')?.[1]
  if (told !== undefined) return told
  const { containers: rows } = await connection.read('list containers', containers.list, { filter: { id } })
  return rows[0]?.podSandboxId ?? ''
}
