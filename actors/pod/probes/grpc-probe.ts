import type { ServiceError } from '@grpc/grpc-js'
import { status } from '../../../src/grpc/status.ts'
import { healthCheck, servingStatus } from '../../../src/protobuf/health.ts'
import type { ProbeOutcome } from './outcome.ts'

/** Passes when `grpc.health.v1.Health/Check` for `service` answers SERVING. Plain text, as the kubelet does it. */
export async function probeGrpc(host: string, port: number, service: string, timeoutMs: number, userAgent: string, signal: AbortSignal): Promise<ProbeOutcome> {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`
  // Loaded by the first such probe: few pods have one, and every thread would pay for it.
  const [{ clientFor }, { unary }] = await Promise.all([import('../../../src/grpc/socket-client.ts'), import('../../../src/grpc/unary.ts')])
  const client = clientFor(target, { 'grpc.primary_user_agent': userAgent })
  try {
    const { status: answer } = await unary(client, healthCheck, { service }, { deadlineMs: timeoutMs, signal })
    if (answer === 1) return { result: 'success', output: '' }
    return { result: 'failure', output: `service unhealthy (responded with "${servingStatus[answer] ?? answer}")` }
  } catch (error) {
    if (signal.aborted) return { result: 'unknown', output: 'stopped' }
    return { result: 'failure', output: refusal(error as ServiceError, target, service, timeoutMs) }
  } finally {
    client.close()
  }
}

function refusal(error: ServiceError, target: string, service: string, timeoutMs: number): string {
  if (error.code === status.unimplemented) return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.details}`
  if (error.code === status.deadlineExceeded) return `timeout: health rpc did not complete within ${timeoutMs / 1000}s`
  if (error.code === status.unavailable) return `timeout: failed to connect service "${target}" within ${timeoutMs / 1000}s: ${error.details}`
  return `error: health rpc failed${service ? ` for service "${service}"` : ''}: ${error.details}`
}
