import type { PodUid } from '../../kube/ids.ts'
import type { ContainerId, ContainerState, KnownPod, PodState, PodSummary, SandboxId, SandboxState } from '../engine.ts'
import { podFingerprint } from '../fingerprint.ts'
import { Limiter } from '../limiter.ts'
import { answers, type ContainerRow } from './answers.ts'
import type { DockerConnection } from './connection.ts'
import { inspectContainer } from './containers.ts'
import type { DockerImages } from './images.ts'
import { containerState, hasForeignNetwork, sandboxState } from './inspected.ts'
import { isSandbox, label, podOf } from './names.ts'
import { processAddresses } from './process-addresses.ts'

/** Containers of one pod inspected at a time. */
const inspections = 4

/** All of one pod: one list, then a look at each; a list costs Docker a walk over all containers, so what is known is not listed again. */
export async function podState(connection: DockerConnection, images: DockerImages, uid: PodUid, known?: KnownPod): Promise<PodState> {
  const ids = known ? known.changed : new Set((await list(connection, `${label.podUid}=${uid}`)).map((row) => row.Id))
  const limiter = new Limiter(inspections)
  const unchanged = ({ id }: SandboxState | ContainerState) => !known?.changed.has(id)
  const sandboxes = (known?.state.sandboxes ?? []).filter(unchanged)
  const containers = (known?.state.containers ?? []).filter(unchanged)
  const look = async (id: string) => {
    const info = await inspectContainer(connection, id)
    const pod = podOf(info?.Config.Labels)
    if (!info || pod?.uid !== uid) return
    if (isSandbox(info.Config.Labels)) sandboxes.push(sandboxState(info, pod, hasForeignNetwork(info) ? await processAddresses(info.State.Pid) : []))
    else containers.push(containerState(info, pod, await images.names(info.Image)))
  }
  await Promise.all([...ids].map((id) => limiter.run(() => look(id))))
  const newestFirst = (a: SandboxState | ContainerState, b: SandboxState | ContainerState) => b.attempt - a.attempt || b.createdAt - a.createdAt
  return {
    sandboxes: sandboxes.sort(newestFirst),
    containers: containers.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : newestFirst(a, b))),
  }
}

/** All pods by one list. */
export async function listPods(connection: DockerConnection): Promise<readonly PodSummary[]> {
  const byPod = new Map<string, Map<string, ContainerRow>>()
  for (const row of await list(connection, label.podUid)) {
    const uid = row.Labels[label.podUid] ?? ''
    const rows = byPod.get(uid) ?? new Map<string, ContainerRow>()
    byPod.set(uid, rows.set(row.Id, row))
  }
  return [...byPod.values()].flatMap((rows) => summary([...rows.values()]))
}

function summary(rows: readonly ContainerRow[]): PodSummary[] {
  const pod = podOf(rows[0]?.Labels)
  if (!pod) return []
  const newestFirst = [...rows].sort((a, b) => b.Created - a.Created)
  return [
    {
      pod,
      sandboxIds: newestFirst.filter((row) => isSandbox(row.Labels)).map((row) => row.Id as SandboxId),
      running: newestFirst.filter((row) => !isSandbox(row.Labels) && row.State === 'running').map((row) => row.Id as ContainerId),
      fingerprint: podFingerprint(rows.map((row) => ({ id: row.Id, runs: row.State === 'running' }))),
    },
  ]
}

async function list(connection: DockerConnection, filter: string): Promise<readonly ContainerRow[]> {
  const options = { all: true, filters: { label: [filter] } }
  return connection.read('list containers', answers.containerRows, (docker) => docker.listContainers(options))
}
