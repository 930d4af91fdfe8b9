/** What the page shows of the node beside its figures. */
export interface NodeView {
  readonly name: string
  /** Wall-clock ms. */
  readonly bootedAt: number
  readonly agentStartedAt: number
  readonly version: string
  readonly engine: string
  readonly kernel: string
  readonly os: string
  readonly architecture: string
  readonly cores: number
  readonly memoryBytes: number
  readonly maxProcesses: number
  readonly addresses: readonly string[]
  readonly unschedulable: boolean
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string; readonly message: string; readonly since: string }[]
}

export type ContainerKind = 'container' | 'init' | 'sidecar' | 'ephemeral'

/** How a container ended. Times in wall-clock ms. */
export interface Ended {
  readonly reason?: string
  readonly exitCode?: number
  readonly signal?: number
  readonly message?: string
  readonly finishedAt?: number
}

export interface ContainerView extends Ended {
  readonly name: string
  readonly kind: ContainerKind
  readonly image: string
  /** Without the engine's prefix; '' before there is one. */
  readonly id: string
  readonly state: 'waiting' | 'running' | 'terminated'
  readonly ready: boolean
  readonly startedAt?: number
  readonly restarts: number
  /** The run before this one. */
  readonly last?: Ended
  /** Thousandths of a core and bytes; absent: none. */
  readonly cpuLimit?: number
  readonly cpuRequest?: number
  readonly memoryLimit?: number
  readonly memoryRequest?: number
}

export interface PodView {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  /** One word, as `kubectl get pods` shows it. */
  readonly status: string
  /** How that is to be taken. */
  readonly health: 'good' | 'waiting' | 'bad' | 'done'
  readonly ready: number
  readonly total: number
  readonly restarts: number
  readonly ip: string
  readonly qos: string
  readonly hostNetwork: boolean
  readonly createdAt: number
  readonly message: string
  readonly containers: readonly ContainerView[]
}
