/** A request to one of the node's own servers. */
export interface ServedRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** `readonly` in clear, for anybody. */
  readonly server: 'readwrite' | 'readonly'
}

/** Told of each request as it comes; what it answers is to be called when the request has ended. */
export interface RequestCounter {
  begin(request: ServedRequest): () => void
}
