import { Etcd3, type IOptions } from 'etcd3'

const callTimeoutMs = 10_000
// Half a second to come back after an etcd that restarted; the library's own goes up to half a minute.
const reconnectMs = 500

type FaultHandling = NonNullable<IOptions['faultHandling']>
type HostPolicy = ReturnType<NonNullable<FaultHandling['host']>>

const steady: NonNullable<FaultHandling['watchBackoff']> = { duration: reconnectMs, next: () => steady }

// The library's own opens a circuit breaker for five seconds, and refuses calls that long after etcd is back. A call that fails at once costs nobody.
const passThrough = (() => {
  const none = () => ({ dispose() {} })
  const execute = async (call: (context: { signal: AbortSignal }) => unknown, signal: AbortSignal = new AbortController().signal) => call({ signal })
  return { execute, onSuccess: none, onFailure: none } as unknown as HostPolicy
})()

/** A client of the etcd servers at these URLs. Calls end after ten seconds; values of any size are read. */
export function connectEtcd(servers: readonly string[]): Etcd3 {
  return new Etcd3({
    hosts: [...servers],
    grpcOptions: { 'grpc.max_receive_message_length': -1, 'grpc.max_reconnect_backoff_ms': 1000, 'grpc.initial_reconnect_backoff_ms': 100 },
    defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: Date.now() + callTimeoutMs }),
    faultHandling: { host: () => passThrough, watchBackoff: steady },
  })
}
