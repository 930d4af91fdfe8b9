/** Told of each request to the API server, also of those that are tried again. `host` has its port. */
export interface RequestObserver {
  /** The server's status; undefined when there was no answer. */
  answered(host: string, method: string, code: number | undefined): void
  /** From sending the request to the answer's end. Not told of a watch, which lasts as long as it is wanted. */
  took(host: string, method: string, seconds: number): void
  /** A request waited so long for its turn, by the client's own limit. */
  waited(host: string, method: string, seconds: number): void
  /** An object of this resource was sent that cannot be used. */
  refused?(resource: string): void
}
