import { createHash } from 'node:crypto'
import type Docker from 'dockerode'
import type { PodUid } from '../../kube/ids.ts'
import { type ContainerId, type ContainerState, EngineError, type PodState, type PodSummary, type SandboxId, type SandboxState } from '../engine.ts'
import type { DockerConnection } from './connection.ts'
import type { DockerImages } from './images.ts'
import { containerState, sandboxState } from './inspected.ts'
import { Limiter } from './limiter.ts'
import { isSandbox, label, podOf } from './names.ts'

/** Containers of one pod inspected at a time. */
const inspections = 4

/** All of one pod: one list, then a look at each. */
export async function podState(connection: DockerConnection, images: DockerImages, uid: PodUid): Promise<PodState> {
  const rows = await list(connection, `${label.podUid}=${uid}`)
  const limiter = new Limiter(inspections)
  const sandboxes: SandboxState[] = []
  const containers: ContainerState[] = []
  const look = async (row: Docker.ContainerInfo) => {
    const info = await inspect(connection, row.Id)
    const pod = podOf(info?.Config.Labels)
    if (!info || !pod) return
    if (isSandbox(info.Config.Labels)) sandboxes.push(sandboxState(info, pod))
    else containers.push(containerState(info, pod, await images.statusId(info.Image)))
  }
  await Promise.all(rows.map((row) => limiter.run(() => look(row))))
  const newestFirst = (a: SandboxState | ContainerState, b: SandboxState | ContainerState) => b.attempt - a.attempt || b.createdAt - a.createdAt
  return {
    sandboxes: sandboxes.sort(newestFirst),
    containers: containers.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : newestFirst(a, b))),
  }
}

/** All pods by one list. */
export async function listPods(connection: DockerConnection): Promise<readonly PodSummary[]> {
  const byPod = new Map<string, Docker.ContainerInfo[]>()
  for (const row of await list(connection, label.podUid)) {
    const uid = row.Labels[label.podUid] ?? ''
    byPod.set(uid, [...(byPod.get(uid) ?? []), row])
  }
  return [...byPod.values()].flatMap(summary)
}

function summary(rows: readonly Docker.ContainerInfo[]): PodSummary[] {
  const pod = podOf(rows[0]?.Labels)
  if (!pod) return []
  const newestFirst = [...rows].sort((a, b) => b.Created - a.Created)
  // Not `Status`, whose text ("Up 3 seconds") changes by itself.
  const parts = rows.map((row) => `${row.Id} ${row.State}`).sort()
  return [
    {
      pod,
      sandboxIds: newestFirst.filter((row) => isSandbox(row.Labels)).map((row) => row.Id as SandboxId),
      running: newestFirst.filter((row) => !isSandbox(row.Labels) && row.State === 'running').map((row) => row.Id as ContainerId),
      fingerprint: createHash('sha256').update(parts.join('\n')).digest('base64url'),
    },
  ]
}

function list(connection: DockerConnection, filter: string): Promise<Docker.ContainerInfo[]> {
  return connection.read('list containers', () => connection.docker.listContainers({ all: true, filters: { label: [filter] } }))
}

/** Undefined when it went between the list and the look. */
async function inspect(connection: DockerConnection, id: string): Promise<Docker.ContainerInspectInfo | undefined> {
  try {
    return await connection.read(`inspect container ${id}`, () => connection.docker.getContainer(id).inspect())
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'not-found') return undefined
    throw error
  }
}
