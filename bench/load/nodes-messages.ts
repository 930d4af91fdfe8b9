/** What the process of nodes is started with, as its one argument (JSON). */
export interface NodesOrder {
  readonly nodes: number
  /** A file's path. */
  readonly kubeconfig: string
  readonly engine: 'simulated' | 'docker'
  /** A file that says how simulated pods behave. */
  readonly profile?: string
  /** Flags of `podsteward node`, by camelCase name. */
  readonly flags: Readonly<Record<string, string>>
}

/** From the load to the process of nodes. `collect` asks for a garbage collection before the answer; `reset` begins the delay's histogram anew. */
export type ToNodes = { readonly type: 'report'; readonly collect?: boolean; readonly reset?: boolean } | { readonly type: 'stop' }

export type FromNodes = { readonly type: 'ready'; readonly names: readonly string[] } | ({ readonly type: 'report' } & NodesReport)

export interface NodesReport {
  /** Requests of the agents' clients so far, heartbeats apart, by `VERB resource`. */
  readonly calls: Readonly<Record<string, number>>
  /** Of the node thread's event loop, beyond the sampling interval. */
  readonly delayP99Ms: number
  readonly delayMaxMs: number
  readonly heapUsedKb: number
}
