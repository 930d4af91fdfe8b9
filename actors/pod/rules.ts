import type { AgentConfig } from '../../src/config/agent-config.ts'
import type { ContainerConfig, ContainerId, EngineInfo, SandboxConfig } from '../../src/engine/engine.ts'
import type { ImageState } from '../../src/engine/image.ts'
import type { DnsConfig, Mount, UserNamespace } from '../../src/engine/settings.ts'
import type { ConfigMap, Container, Node, Pod, PodStatus, Secret, Service } from '../../src/kube/objects.ts'
import type { MountedVolume } from '../../src/volumes/volume.ts'
import type { DesiredResources, PlanInput, PlanResult } from './plan/types.ts'

/** What a pod may know of its node. */
export interface NodeFacts {
  readonly node: Node | undefined
  readonly hostIps: readonly string[]
}

export interface StatusInput extends PlanInput {
  readonly facts: NodeFacts
  readonly engineName: string
}

export interface SandboxInput {
  readonly pod: Pod
  readonly attempt: number
  readonly config: AgentConfig
  readonly engineInfo: EngineInfo
  readonly hostDns: DnsConfig
  readonly logDirectory: string
  /** Of the pod's RuntimeClass; absent: the engine's default. */
  readonly runtimeHandler?: string
  readonly userNamespace?: UserNamespace
  /** When the node first heard of the pod, wall-clock ms. */
  readonly seen: number
}

export interface ContainerInput {
  readonly pod: Pod
  readonly container: Container
  readonly attempt: number
  readonly config: AgentConfig
  readonly engineInfo: EngineInfo
  readonly facts: NodeFacts
  readonly image: ImageState
  /** Of volumes that are images, by the volume's name. */
  readonly volumeImages?: ReadonlyMap<string, ImageState>
  readonly podIps: readonly string[]
  readonly services: readonly Service[]
  /** By `Secret/name` and `ConfigMap/name`; absent when there is none. */
  readonly objects: ReadonlyMap<string, Secret | ConfigMap>
  readonly volumes: ReadonlyMap<string, MountedVolume>
  /** The node's own: /etc/hosts and the termination message. */
  readonly ownMounts: readonly Mount[]
  readonly logDirectory: string
  readonly runtimeHandler?: string
  readonly userNamespace?: UserNamespace
  /** The container that an ephemeral one is to see the processes of (targetContainerName). */
  readonly pidTarget?: ContainerId
  /** Makes a volumeMount's subPath (expanded) available and answers what to bind. Throws for a path that leads out of its volume. */
  readonly subPath: (mount: { readonly volume: string; readonly index: number; readonly path: string }) => Promise<string>
}

/** A container's configuration, and what is to be told of it beside. */
export interface ContainerResult {
  readonly config: ContainerConfig
  /** Environment variables whose names are no names: told in an event `InvalidEnvironmentVariableNames`. */
  readonly skippedVariables: readonly string[]
}

/** The container cannot be configured as its spec says. `reason` is its waiting reason. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError'
  readonly reason: string

  constructor(reason: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.reason = reason
  }
}

/** The pure half of a pod: every rule as a function of what is known. The actor does the rest. */
export interface PodRules {
  plan(input: PlanInput): PlanResult
  status(input: StatusInput): PodStatus
  /** Undefined for pods that cannot be resized in place. */
  desiredResources(pod: Pod, node: Node | undefined, config: AgentConfig): DesiredResources | undefined
  sandboxConfig(input: SandboxInput): SandboxConfig
  /** Throws `ContainerConfigError`. May look at the file system for subPaths. */
  containerConfig(input: ContainerInput): ContainerResult | Promise<ContainerResult>
  /** Downward API items for volumes. */
  downwardField(pod: Pod, fieldPath: string): string
  downwardResource(pod: Pod, node: Node | undefined, selector: { containerName?: string; resource: string; divisor?: string }): string
  quantityBytes(quantity: string): number
}
