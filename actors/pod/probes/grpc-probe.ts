import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js'
import type { ProbeOutcome } from './outcome.ts'

/** grpc.health.v1.HealthCheckResponse.ServingStatus */
const servingStatus = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const

/** Passes when `grpc.health.v1.Health/Check` for `service` answers SERVING. Plain text, as the kubelet does it. */
export function probeGrpc(host: string, port: number, service: string, timeoutMs: number, userAgent: string, signal: AbortSignal): Promise<ProbeOutcome> {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const client = new Client(target, credentials.createInsecure(), {
    'grpc.primary_user_agent': userAgent,
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
  })
  return new Promise<ProbeOutcome>((resolve) => {
    const call = client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      (name: string) => encodeRequest(name),
      (bytes: Buffer) => decodeResponse(bytes),
      service,
      { deadline: Date.now() + timeoutMs },
      (error, answer) => {
        signal.removeEventListener('abort', cancel)
        if (signal.aborted) resolve({ result: 'unknown', output: 'stopped' })
        else if (error) resolve({ result: 'failure', output: refusal(error, target, service, timeoutMs) })
        else if (answer === 1) resolve({ result: 'success', output: '' })
        else resolve({ result: 'failure', output: `service unhealthy (responded with "${servingStatus[answer ?? 0] ?? answer}")` })
      },
    )
    const cancel = () => call.cancel()
    signal.addEventListener('abort', cancel, { once: true })
  }).finally(() => client.close())
}

function refusal(error: ServiceError, target: string, service: string, timeoutMs: number): string {
  if (error.code === status.UNIMPLEMENTED) return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.details}`
  if (error.code === status.DEADLINE_EXCEEDED) return `timeout: health rpc did not complete within ${timeoutMs / 1000}s`
  if (error.code === status.UNAVAILABLE) return `timeout: failed to connect service "${target}" within ${timeoutMs / 1000}s: ${error.details}`
  return `error: health rpc failed${service ? ` for service "${service}"` : ''}: ${error.details}`
}

/** HealthCheckRequest: field 1, a string. */
function encodeRequest(service: string): Buffer {
  const text = Buffer.from(service)
  if (text.length === 0) return Buffer.alloc(0)
  const length: number[] = []
  let rest = text.length
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128)
  return Buffer.concat([Buffer.from([0x0a, ...length, rest]), text])
}

/** HealthCheckResponse: field 1, an enum; absent means 0. */
function decodeResponse(bytes: Buffer): number {
  return bytes[0] === 0x08 ? (bytes[1] ?? 0) : 0
}
