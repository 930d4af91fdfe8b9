/** What the process of nodes is started with, as its one argument (JSON). */
export interface NodesOrder {
  readonly nodes: number
  /** A file's path. */
  readonly kubeconfig: string
  readonly engine: 'simulated' | 'docker' | 'cri'
  /** Holds the state of each node, in a directory by its name. */
  readonly directory: string
  /** A file that says how simulated pods behave. */
  readonly profile?: string
  /** Flags of `podsteward node`, by camelCase name. */
  readonly flags: Readonly<Record<string, string>>
  /** A process before this one was killed: what its agents left behind is to be adopted. */
  readonly adopts?: Adopted
}

/** The pods that agents find when they are started again. */
export interface Adopted {
  readonly namespace: string
  /** On all nodes. */
  readonly pods: number
}

/** From the load to the process of nodes. */
export type ToNodes =
  /** `collect` asks for a garbage collection before the answer; `reset` begins the delay's histogram anew; `watchDelay` says whether the delay is watched from now on. */
  | { readonly type: 'report'; readonly collect?: boolean; readonly reset?: boolean; readonly watchDelay?: boolean }
  /** Stops the agents and starts them again on the same state and the same simulated engines. */
  | { readonly type: 'restart'; readonly adopts: Adopted }
  /** Answered once all are adopted. */
  | { readonly type: 'await-adoption' }
  /** How many containers were touched since `restart`. */
  | { readonly type: 'count-touched' }
  | { readonly type: 'stop' }

export type FromNodes =
  | { readonly type: 'ready'; readonly names: readonly string[] }
  | ({ readonly type: 'report' } & NodesReport)
  | { readonly type: 'restarted' }
  /** Since the start of the process, or of the agents in it that were started again. */
  | { readonly type: 'adopted'; readonly seconds: number }
  | { readonly type: 'touched'; readonly containers: number }

export interface NodesReport {
  /** Requests of the agents' clients so far, heartbeats apart, by `VERB resource`. */
  readonly calls: Readonly<Record<string, number>>
  /** Of the node thread's event loop, beyond the sampling interval. */
  readonly delayP99Ms: number
  readonly delayMaxMs: number
  readonly heapUsedKb: number
}
