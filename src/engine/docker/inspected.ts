import { dirname, isAbsolute, normalize } from 'node:path'
import type { ContainerId, ContainerState, PodIdentity, SandboxId, SandboxState } from '../engine.ts'
import type { Mount } from '../settings.ts'
import type { ContainerDetails } from './answers.ts'
import type { ImageNames } from './image-references.ts'
import { attemptOf, givenLabels, label } from './names.ts'
import { givenResources } from './resources.ts'

/** Docker's time stamp as wall-clock milliseconds; Go's zero time is no time. */
export function wallTime(stamp: string | undefined): number | undefined {
  if (!stamp || stamp.startsWith('0001-01-01')) return undefined
  const time = Date.parse(stamp)
  return Number.isNaN(time) ? undefined : time
}

/** Where Docker's json-file driver writes the container's log; '' for one of another driver, or a path that is not where the driver's are. */
export function logOf({ Id, LogPath, HostConfig: { LogConfig } }: ContainerDetails): string {
  return LogConfig?.Type === 'json-file' && isAbsolute(LogPath) && LogPath === normalize(LogPath) && LogPath.endsWith(`/${Id}/${Id}-json.log`) ? LogPath : ''
}

/** A network that others than Docker gave it: cri-dockerd's by CNI. */
export const hasForeignNetwork = (info: ContainerDetails): boolean => info.State.Running && info.HostConfig.NetworkMode === 'none'

/** A pause container, inspected, as the state of its sandbox. `foreignIps`: of a network that Docker knows nothing of. */
export function sandboxState(info: ContainerDetails, pod: PodIdentity, foreignIps: readonly string[] = []): SandboxState {
  const networkMode = info.HostConfig.NetworkMode === 'host' ? 'node' : 'pod'
  const ips = info.State.Running
    ? Object.values(info.NetworkSettings?.Networks ?? {}).flatMap((net) => [net?.IPAddress ?? '', net?.GlobalIPv6Address ?? ''])
    : []
  const addresses = [...ips.filter((ip) => ip !== ''), ...foreignIps]
  return {
    id: info.Id as SandboxId,
    pod,
    attempt: attemptOf(info.Name),
    ready: info.State.Running && (networkMode === 'node' || addresses.length > 0),
    createdAt: wallTime(info.Created) ?? 0,
    ips: addresses,
    networkMode,
    pid: info.State.Pid,
    ...givenLabels(info.Config.Labels),
  }
}

/** A container, inspected, as the agent sees it. */
export function containerState(info: ContainerDetails, pod: PodIdentity, image: ImageNames): ContainerState {
  const labels = info.Config.Labels
  return {
    id: info.Id as ContainerId,
    sandboxId: (labels[label.sandboxId] ?? '') as SandboxId,
    pod,
    name: labels[label.containerName] ?? '',
    attempt: attemptOf(info.Name),
    ...life(info),
    createdAt: wallTime(info.Created) ?? 0,
    oomKilled: info.State.OOMKilled,
    error: info.State.Error || undefined,
    // cri-dockerd notes nowhere what the spec called it, and tells the image's first name.
    image: labels[label.imageSpec] ?? image.tag ?? info.Config.Image,
    imageId: image.statusId,
    pid: info.State.Pid,
    ...givenLabels(labels),
    logPath: labels[label.logPath],
    storage: storage(info),
    mounts: [...(info.HostConfig.Mounts ?? []).map(givenMount), ...(info.HostConfig.Binds ?? []).flatMap(boundMount)],
    resources: givenResources(info.HostConfig),
    user: givenUser(info),
  }
}

type Life = Pick<ContainerState, 'state' | 'startedAt' | 'finishedAt' | 'exitCode' | 'signal' | 'neverBegan'>

function life(info: ContainerDetails): Life {
  const { State: state } = info
  const startedAt = wallTime(state.StartedAt)
  if (state.Running || state.Paused || state.Restarting) return { state: 'running', startedAt }
  const finishedAt = wallTime(state.FinishedAt)
  if (finishedAt !== undefined) {
    // Docker keeps the number alone: 128 + n is a signal for certain only where Docker says why.
    const signal = state.OOMKilled && state.ExitCode === 137 ? 9 : undefined
    // A process may end before Docker has noted that it runs: its start is then the later of the two.
    const began = startedAt === undefined ? undefined : Math.min(startedAt, finishedAt)
    return { state: 'exited', startedAt: began, finishedAt, exitCode: state.ExitCode, signal }
  }
  // dockershim: a failed start leaves the container created with an error, and it counts as ended when it was created.
  if (state.ExitCode !== 0 || state.Error !== '') {
    const createdAt = wallTime(info.Created)
    return { state: 'exited', startedAt: createdAt, finishedAt: createdAt, exitCode: state.ExitCode, neverBegan: true }
  }
  return { state: state.Status === 'created' ? 'created' : 'unknown' }
}

function storage(info: ContainerDetails): ContainerState['storage'] {
  // Of overlay2; other drivers name theirs differently or have none.
  const writableLayer = info.GraphDriver?.Data?.UpperDir
  const log = logOf(info)
  return { writableLayer, logs: log === '' ? undefined : dirname(log) }
}

function givenMount(mount: NonNullable<ContainerDetails['HostConfig']['Mounts']>[number]): Mount {
  const propagation = mount.BindOptions?.Propagation
  return {
    hostPath: mount.Source,
    containerPath: mount.Target,
    readOnly: mount.ReadOnly ?? false,
    propagation: propagation === 'rslave' || propagation === 'rshared' ? propagation : 'private',
  }
}

/** As cri-dockerd asks for them: `source:target[:ro,Z,rslave]`. What is no path is a volume of Docker's. */
function boundMount(bind: string): Mount[] {
  const [hostPath = '', containerPath = '', modes = ''] = bind.split(':')
  if (!isAbsolute(hostPath) || containerPath === '') return []
  const set = new Set(modes.split(','))
  const propagation = set.has('rslave') ? 'rslave' : set.has('rshared') ? 'rshared' : 'private'
  return [{ hostPath, containerPath, readOnly: set.has('ro'), propagation }]
}

/** Known when it is written as numbers; a name, or a number without its group, is resolved inside the container. */
function givenUser(info: ContainerDetails): ContainerState['user'] {
  const written = info.Config.User === '' ? '0:0' : info.Config.User
  const [uid, gid] = /^(\d*):(\d+)$/.exec(written)?.slice(1).map(Number) ?? []
  if (uid === undefined || gid === undefined) return undefined
  const groups = (info.HostConfig.GroupAdd ?? []).map(Number).filter(Number.isInteger)
  return { uid, gid, supplementalGroups: [...new Set([gid, ...groups])] }
}
