/** What a page answers. */
export interface PageContent {
  readonly type: string
  readonly body: string
}

/** A page of the node's server that is made whole when it is asked for; by its path. */
export type Pages = ReadonlyMap<string, (query: URLSearchParams) => PageContent | Promise<PageContent>>

/** Prometheus' text format. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8'
