import type { ServiceError } from '@grpc/grpc-js'
import { goDuration } from '../../../src/base/go-duration.ts'
import { goQuote } from '../../../src/base/go-quote.ts'
import { joinHostPort } from '../../../src/go-http/errors.ts'
import { status, statusText } from '../../../src/grpc/status.ts'
import { healthCheck, servingStatus } from '../../../src/protobuf/health.ts'
import type { ProbeOutcome } from './outcome.ts'

/** Passes when `grpc.health.v1.Health/Check` for `service` answers SERVING. Plain text, as the kubelet does it. */
export async function probeGrpc(host: string, port: number, service: string, timeoutMs: number, userAgent: string, signal: AbortSignal): Promise<ProbeOutcome> {
  const target = joinHostPort(host, port)
  // Loaded by the first such probe: few pods have one, and every thread would pay for it.
  const [{ clientFor }, { unary }] = await Promise.all([import('../../../src/grpc/socket-client.ts'), import('../../../src/grpc/unary.ts')])
  const client = clientFor(target, { 'grpc.primary_user_agent': userAgent })
  try {
    const { status: answer } = await unary(client, healthCheck, { service }, { deadlineMs: timeoutMs, signal })
    if (answer === 1) return { result: 'success', output: 'service healthy' }
    return { result: 'failure', output: `service unhealthy (responded with "${servingStatus[answer] ?? answer}")` }
  } catch (error) {
    if (signal.aborted) return { result: 'unknown', output: 'stopped' }
    return { result: 'failure', output: refusal(error as ServiceError, target, timeoutMs) }
  } finally {
    client.close()
  }
}

/** In the kubelet's words. */
function refusal(error: ServiceError, target: string, timeoutMs: number): string {
  if (error.code === status.unimplemented) return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.details}`
  if (error.code === status.deadlineExceeded) return `timeout: health rpc did not complete within ${goDuration(timeoutMs)}`
  // The kubelet tries to connect for as long as it may; a server that is not there is told at once here.
  if (error.code === status.unavailable)
    return `timeout: failed to connect service ${goQuote(target)} within ${goDuration(timeoutMs)}: context deadline exceeded`
  return `error: health rpc probe failed: ${statusText(error.code, error.details)}`
}
