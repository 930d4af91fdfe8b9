/** Status codes of gRPC. Apart from grpc-js, which takes 40 ms to load. */
export const status = {
  ok: 0,
  canceled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const

/** A code as Go's gRPC writes it, since people search for that: DeadlineExceeded, and Canceled with one l. */
export function codeName(code: number): string {
  const name = Object.entries(status).find(([, number]) => number === code)?.[0]
  if (name === undefined) return 'Unknown'
  return name === 'ok' ? 'OK' : name.charAt(0).toUpperCase() + name.slice(1)
}

/** As Go prints a status: `rpc error: code = NotFound desc = …`. */
export const statusText = (code: number, details: string): string => `rpc error: code = ${codeName(code)} desc = ${details}`
