import type { Readable, Writable } from 'node:stream'
import type { Brand } from '../base/brand.ts'
import type { PodUid } from '../kube/ids.ts'
import type { ImageState, RegistryCredential } from './image.ts'
import type { Device, DnsConfig, LinuxResources, Mount, NamespaceModes, PortMapping, SecuritySettings } from './settings.ts'

/** An engine's id of a sandbox (with Docker, the pause container's id). */
export type SandboxId = Brand<string, 'SandboxId'>
/** An engine's id of a container. */
export type ContainerId = Brand<string, 'ContainerId'>

/** Which pod a sandbox or container belongs to; enough to find it again after an agent restart. */
export interface PodIdentity {
  readonly uid: PodUid
  readonly name: string
  readonly namespace: string
}

/** What `runSandbox` makes: the pod's network and IPC, held by a pause container. */
export interface SandboxConfig {
  readonly pod: PodIdentity
  /** 0 for the first sandbox of a pod, then counting up. */
  readonly attempt: number
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly hostname?: string
  readonly logDirectory: string
  readonly dns?: DnsConfig
  readonly portMappings: readonly PortMapping[]
  readonly namespaces: NamespaceModes
  readonly sysctls: Readonly<Record<string, string>>
  readonly cgroupParent?: string
  /** Of the pause process. */
  readonly resources: LinuxResources
  /** Of all containers together, and what the sandbox takes beside them (RuntimeClass overhead): for a runtime that gives the pod a machine of its own. */
  readonly podResources?: PodResources
  readonly security: SecuritySettings
  readonly runtimeHandler?: string
  /** The pause image; absent: the engine's own, made when missing. */
  readonly image?: string
}

/** What a sandbox is for, in cgroup settings. */
export interface PodResources {
  readonly containers: LinuxResources
  /** Absent: nothing. */
  readonly overhead?: LinuxResources
}

/** What `createContainer` makes inside a sandbox. */
export interface ContainerConfig {
  readonly pod: PodIdentity
  readonly name: string
  readonly attempt: number
  /** It is there to come to an end: an init container that is no sidecar, and whatever a Job runs. A simulated one does, unless it is told how long it runs. */
  readonly runsToCompletion?: boolean
  /** The image to run: a reference or `sha256:` id that is present. */
  readonly image: string
  /** What the pod's spec calls it. */
  readonly imageSpec: string
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly workingDir?: string
  readonly mounts: readonly Mount[]
  readonly devices: readonly Device[]
  /** Names of devices that the runtime knows what they are made of (CDI), such as `vendor.com/gpu=0`. */
  readonly cdiDevices?: readonly string[]
  /** Written as labels, as dockershim does, so that the agent can rebuild its state from them. */
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** `/var/log/pods/.../<attempt>.log`; the engine makes the log readable there. */
  readonly logPath?: string
  readonly stdin: boolean
  readonly stdinOnce: boolean
  readonly tty: boolean
  readonly resources: LinuxResources
  readonly security: SecuritySettings
  readonly namespaces: NamespaceModes
  /** It sees the processes of this container (CRI's TARGET), whatever `namespaces.pid` says. */
  readonly pidTarget?: ContainerId
  readonly cgroupParent?: string
  /** The sandbox's. */
  readonly runtimeHandler?: string
  /** The sandbox's; absent with the node's network. */
  readonly hostname?: string
}

export interface SandboxState {
  readonly id: SandboxId
  readonly pod: PodIdentity
  readonly attempt: number
  readonly ready: boolean
  /** Wall-clock milliseconds. */
  readonly createdAt: number
  /** Empty for host network or when the sandbox is not ready. */
  readonly ips: readonly string[]
  readonly networkMode: 'pod' | 'node'
  /** The pause process, 0 when it is gone. */
  readonly pid: number
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** One incarnation of a container, as the engine has it. Times in wall-clock milliseconds. */
export interface ContainerState {
  readonly id: ContainerId
  readonly sandboxId: SandboxId
  readonly pod: PodIdentity
  readonly name: string
  readonly attempt: number
  readonly state: 'created' | 'running' | 'exited' | 'unknown'
  readonly createdAt: number
  readonly startedAt?: number
  readonly finishedAt?: number
  readonly exitCode?: number
  /** It has ended and never began: its start failed. */
  readonly neverBegan?: boolean
  readonly signal?: number
  readonly oomKilled: boolean
  /** The engine's own error, such as why a start failed. */
  readonly error?: string
  /** Of an end, in the engine's own word (CRI: `Completed`, `Error`, `StartError`, …); absent where it has none. */
  readonly reason?: string
  /** As the spec called it. */
  readonly image: string
  /** `docker-pullable://…@sha256:…` or `docker://sha256:…`; with CRI the runtime's own reference. */
  readonly imageId: string
  readonly pid: number
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly logPath?: string
  /** Directories on the node that hold what it writes; absent where the engine keeps none. */
  readonly storage?: { readonly writableLayer?: string; readonly logs?: string }
  /** `containerPath → hostPath` of its mounts. */
  readonly mounts: readonly Mount[]
  readonly resources: LinuxResources
  readonly user?: { readonly uid: number; readonly gid: number; readonly supplementalGroups: readonly number[] }
}

/** Everything the engine holds of one pod, newest first within each name. */
export interface PodState {
  readonly sandboxes: readonly SandboxState[]
  readonly containers: readonly ContainerState[]
}

/** What was known of a pod, and the parts of it that may be otherwise now, or new. */
export interface KnownPod {
  readonly state: PodState
  readonly changed: ReadonlySet<string>
}

/** Cheap row for a relist: no inspection of single containers. */
export interface PodSummary {
  readonly pod: PodIdentity
  readonly sandboxIds: readonly SandboxId[]
  /** Running containers, by id. */
  readonly running: readonly ContainerId[]
  /** Changes whenever anything of the pod changed. That of `podFingerprint` where the engine's rows have what it takes. */
  readonly fingerprint: string
}

export type EngineEvent =
  | {
      readonly type: 'container'
      readonly pod: PodIdentity
      readonly id: ContainerId
      readonly name: string
      readonly change: 'created' | 'started' | 'exited' | 'oom' | 'removed'
      readonly at: number
    }
  | {
      readonly type: 'sandbox'
      readonly pod: PodIdentity
      readonly id: SandboxId
      readonly change: 'created' | 'started' | 'exited' | 'removed'
      readonly at: number
    }
  /** The stream broke and was resumed: anything may have been missed, relist. */
  | { readonly type: 'resync'; readonly at: number }

export interface ExecResult {
  readonly exitCode: number
  /** Both cut to `maxOutputBytes`. */
  readonly stdout: string
  readonly stderr: string
}

export interface ExecOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly maxOutputBytes?: number
  /** An engine that goes away meanwhile is waited for, to learn how the command ended: whoever must not run it twice asks so. Where an engine can tell. */
  readonly outlastsEngine?: boolean
}

/** A process's streams; `stdout` and `stderr` end when it does. Node's own kind, since web streams between them cost a copy into a pod a tenth of its speed. */
export interface StreamSession {
  /** Ending it ends the process's input; its output goes on. */
  readonly stdin: Writable | undefined
  readonly stdout: Readable
  readonly stderr: Readable | undefined
  resize(size: { readonly width: number; readonly height: number }): Promise<void>
  /** The exit code, once it ends. */
  readonly exit: Promise<number>
  close(): Promise<void>
}

export interface StreamOptions {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
  readonly signal?: AbortSignal
}

export interface LogOptions {
  readonly follow?: boolean
  readonly tailLines?: number
  /** Wall-clock milliseconds. */
  readonly since?: number
  readonly timestamps?: boolean
  readonly limitBytes?: number
  readonly signal?: AbortSignal
}

/** Room that a container's own file system takes. */
export interface LayerUse {
  readonly bytes: number
  readonly inodes: number
}

/** When a log is begun anew, and how many files of it are kept. */
export interface LogRotation {
  readonly maxBytes: number
  readonly maxFiles: number
  /** Logs that are begun anew at a time, where the engine does not do it by itself. Default 1. */
  readonly workers?: number
}

export interface EngineInfo {
  /** `docker`, `simulated` or a CRI runtime's own name (`containerd`): the scheme of `containerID` and of `containerRuntimeVersion`. */
  readonly name: string
  readonly version: string
  readonly cgroupDriver: 'cgroupfs' | 'systemd' | 'none'
  readonly cgroupVersion: 1 | 2
  /** A pod may have a user namespace of its own (hostUsers false), whatever it is run by; absent: `runtimeHandlers` say. */
  readonly userNamespaces?: boolean
  /** Why it cannot mount the files of an image (image volumes); absent: it can. */
  readonly noImageVolumes?: string
  /** Directory of the image file system, '' when there is none. */
  readonly imageFsPath: string
  /** Of what containers write, where that is not with the images. */
  readonly containerFsPath?: string
  /** Supplemental groups may be the pod's alone (supplementalGroupsPolicy Strict). */
  readonly supplementalGroupsPolicy?: boolean
  /** What a RuntimeClass may name, '' being the default, and what each can; absent where the engine does not tell. */
  readonly runtimeHandlers?: readonly RuntimeHandler[]
}

/** What keeps an engine from running pods, or those that are not on the node's network. */
export interface EngineProblem {
  readonly part: 'runtime' | 'network'
  /** In the kubelet's words: `container runtime not ready: …`. */
  readonly message: string
}

export interface RuntimeHandler {
  readonly name: string
  readonly recursiveReadOnlyMounts: boolean
  readonly userNamespaces: boolean
}

/** Why an engine refused; callers switch on `kind`, never on the message. */
export type EngineErrorKind =
  | 'not-found'
  | 'already-exists'
  | 'unreachable'
  /** A command took longer than it may: never the engine's own silence, which is `unreachable`. */
  | 'timeout'
  /** A command began, and how it ended nobody will know. */
  | 'lost'
  | 'invalid'
  | 'image-not-found'
  | 'image-unauthorized'
  | 'registry-unavailable'
  | 'invalid-image-name'
  | 'cannot-run'
  | 'internal'

export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly kind: EngineErrorKind

  constructor(kind: EngineErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.kind = kind
  }
}

/** Where an engine's own streaming server takes a client's connection, over SPDY/3.1 or WebSocket as a kubelet does. Each is good for one connection, soon. */
export interface StreamUrls {
  exec(id: ContainerId, command: readonly string[], options: Omit<StreamOptions, 'signal'>): Promise<string>
  attach(id: ContainerId, options: Omit<StreamOptions, 'signal'>): Promise<string>
  portForward(id: SandboxId): Promise<string>
}

/**
 * A container engine, in the shape of CRI. Every call is idempotent where its meaning allows: stopping or removing what is gone succeeds;
 * `runSandbox` and `createContainer` with an attempt that exists return the existing one. All throw `EngineError`.
 * Implementations bound their own concurrency. The node thread and each worker hold an instance of their own.
 */
export interface ContainerEngine extends AsyncDisposable {
  info(): Promise<EngineInfo>
  /**
   * Whether it can run pods just now: what is wrong, nothing when all is well. Asked each few seconds, so it costs little. Throws when it does not answer.
   */
  status(): Promise<readonly EngineProblem[]>
  /** Makes the pod's sandbox and starts it; returns when its network is up. */
  runSandbox(config: SandboxConfig, signal?: AbortSignal): Promise<SandboxState>
  /** Kills what runs in it, then the pause container. */
  stopSandbox(id: SandboxId): Promise<void>
  removeSandbox(id: SandboxId): Promise<void>
  createContainer(sandbox: SandboxId, config: ContainerConfig, signal?: AbortSignal): Promise<ContainerId>
  startContainer(id: ContainerId): Promise<void>
  /** SIGTERM (or the image's StopSignal), SIGKILL after the grace; returns when it is stopped. */
  stopContainer(id: ContainerId, graceSeconds: number): Promise<void>
  removeContainer(id: ContainerId): Promise<void>
  updateResources(id: ContainerId, resources: LinuxResources): Promise<void>
  /** All of one pod, fully inspected. With `known` an engine may look at the changed parts only. */
  podState(uid: PodUid, known?: KnownPod): Promise<PodState>
  /** All pods the engine knows by their labels. */
  listPods(): Promise<readonly PodSummary[]>
  /** From now on; never ends by itself, reconnects with `resync`. Aborting the signal ends it. */
  events(signal: AbortSignal): AsyncIterable<EngineEvent>
  /**
   * Runs a command to its end. One that is not there or no program ends with 126 or 127, as in a shell, or throws `cannot-run`; what the engine could not do
   * it throws as anything else, and that says nothing of the command.
   */
  exec(id: ContainerId, command: readonly string[], options?: ExecOptions): Promise<ExecResult>
  execStream(id: ContainerId, command: readonly string[], options: StreamOptions): Promise<StreamSession>
  attach(id: ContainerId, options: StreamOptions): Promise<StreamSession>
  /** The engine's own streaming server; absent where it has none. */
  readonly streamUrls?: StreamUrls
  /**
   * Writes the state of a running container to `location`, which is not there yet, or a name near it that is the engine's way, and answers to where; it runs on.
   * `timeoutSeconds` 0: the engine's own. Absent where the engine has no checkpoints.
   */
  checkpoint?(id: ContainerId, location: string, timeoutSeconds?: number): Promise<string>
  /** Tells what the pod's containers may take now, before its cgroup is changed; absent where the engine need not know. One that does not want to is fine. */
  updateSandbox?(id: SandboxId, resources: PodResources): Promise<void>
  /** What each container has written to its own file system; absent where its directory (`storage`) tells. */
  writableLayers?(): Promise<ReadonlyMap<ContainerId, LayerUse>>
  /** How many sandboxes run whose network something else made; absent where the engine makes them all. */
  foreignSandboxes?(): Promise<number>
  /** Begins logs of running containers anew that are too long, below a directory as a kubelet lays it out; absent where the engine does so by itself. */
  rotateLogs?(podLogsDirectory: string, rotation: LogRotation): Promise<void>
  /** Tells the engine the addresses of this node's pods; absent where it does not ask. */
  usePodCidr?(cidr: string): Promise<void>
  /** Raw log bytes, stdout and stderr interleaved in order. */
  logs(id: ContainerId, options?: LogOptions): AsyncIterable<Uint8Array>
  /** Undefined when the image is not present. */
  imageState(reference: string): Promise<ImageState | undefined>
  listImages(): Promise<readonly ImageState[]>
  /** Ids of the images that containers are made from: of all, those that do not run and those of no pod too. */
  imagesInUse(): Promise<ReadonlySet<string>>
  /** Returns what was pulled. Tries one credential; the caller tries the next. `pod`: for whom, where an engine treats pods apart (CRI's sandbox_config). */
  pullImage(reference: string, credential?: RegistryCredential, signal?: AbortSignal, pod?: PodIdentity): Promise<ImageState>
  removeImage(id: string): Promise<void>
}
