import { sleep } from '../../base/clock.ts'
import type { PodIdentity } from '../engine.ts'
import type { PodSettings } from './pod-settings.ts'
import type { ProbeAnswer } from './settings.ts'
import type { World } from './world.ts'

export interface ProbeCall {
  readonly pod: PodIdentity
  readonly port: number
  /** Of an httpGet. */
  readonly path?: string
}

/** Answers a probe; undefined leaves it to the pod's settings. */
export type ProbeHandler = (call: ProbeCall) => ProbeAnswer | undefined

/** In the shape of the pod actor's `ProbeOutcome`. */
interface Outcome {
  readonly result: 'success' | 'failure' | 'unknown'
  readonly output: string
}

interface HttpTarget {
  readonly host: string
  readonly port: number
  readonly path: string
}

/** In the shape of the pod actor's `PodNetwork`. */
export interface SimulatedNetwork {
  readonly http: (target: HttpTarget, options: { readonly timeoutMs?: number; readonly signal: AbortSignal }) => Promise<Outcome>
  readonly tcp: (host: string, port: number, timeoutMs: number, signal: AbortSignal) => Promise<Outcome>
  readonly grpc: (host: string, port: number, service: string, timeoutMs: number, userAgent: string, signal: AbortSignal) => Promise<Outcome>
}

/**
 * Probes of simulated pods, found by their address. An address that is no simulated pod's, such as the node's own for a pod on the host
 * network, cannot be told apart and answers.
 */
export function simulatedNetwork(world: World, settings: PodSettings, handler: ProbeHandler): SimulatedNetwork {
  const answer = (host: string, port: number, path?: string): ProbeAnswer => {
    const sandbox = world.addresses.owner(host)
    if (!sandbox) return 'success'
    const { pod } = sandbox.config
    if (!sandbox.containers.some((container) => container.running)) return 'failure'
    return handler({ pod, port, path }) ?? settings.of(sandbox.config, String(port)).probe
  }
  const outcome = async (
    given: ProbeAnswer,
    said: { readonly success: string; readonly failure: string },
    timeoutMs: number | undefined,
    signal: AbortSignal,
  ): Promise<Outcome> => {
    if (given === 'success') return { result: 'success', output: said.success }
    if (given === 'failure') return { result: 'failure', output: said.failure }
    try {
      await sleep(world.clock, timeoutMs ?? Number.POSITIVE_INFINITY, AbortSignal.any([signal, world.closed]))
    } catch {
      return { result: 'unknown', output: 'stopped' }
    }
    return { result: 'failure', output: 'context deadline exceeded' }
  }
  return {
    http: ({ host, port, path }, { timeoutMs, signal }) =>
      outcome(
        answer(host, port, path.startsWith('/') ? path : `/${path}`),
        { success: 'ok', failure: 'HTTP probe failed with statuscode: 500' },
        timeoutMs,
        signal,
      ),
    tcp: (host, port, timeoutMs, signal) =>
      outcome(answer(host, port), { success: '', failure: `dial tcp ${host}:${port}: connect: connection refused` }, timeoutMs, signal),
    grpc: (host, port, _service, timeoutMs, _userAgent, signal) =>
      outcome(answer(host, port), { success: '', failure: 'service unhealthy (responded with "NOT_SERVING")' }, timeoutMs, signal),
  }
}
