import type { SandboxState } from '../../../src/engine/engine.ts'
import { EngineError } from '../../../src/engine/engine.ts'
import { dnsOmissions } from '../container-config/dns.ts'
import { nameFits } from '../paths.ts'
import type { PodScope } from '../scope.ts'
import { awaitNetwork } from './network.ts'
import { boundPod } from './pod-cgroup.ts'
import { userNamespaceOf } from './user-namespace.ts'

/**
 * Makes the sandbox. Needs the volumes, as the kubelet does. Throws `EngineError` after telling of it. Undone by the engine's `stopSandbox` and the clean-up.
 */
export async function createSandbox(scope: PodScope, attempt: number, signal: AbortSignal): Promise<SandboxState> {
  const { clock, config, engine, engineInfo, hostDns, metrics, rules } = scope.environment
  await awaitNetwork(scope)
  const mapped = scope.pod.spec?.hostUsers === false
  metrics.podStarting(mapped)
  for (const omission of dnsOmissions(scope.pod, config, hostDns)) scope.event('Warning', 'DNSConfigForming', omission)
  try {
    const runtimeHandler = await scope.runtimeHandler()
    const userNamespace = await userNamespaceOf(scope, runtimeHandler)
    const { startTime } = scope.pod.status ?? {}
    const seen = startTime === undefined ? clock.wall() : new Date(startTime).getTime()
    const input = { pod: scope.pod, attempt, config, engineInfo, hostDns, logDirectory: scope.paths.logs, runtimeHandler, userNamespace, seen }
    const sandboxConfig = rules.sandboxConfig(input)
    if (!nameFits(scope.paths.logs)) throw new EngineError('invalid', `mkdir ${scope.paths.logs}: file name too long`)
    await boundPod(scope, 'create')
    return await engine.runSandbox(sandboxConfig, signal)
  } catch (error) {
    if (!signal.aborted) metrics.podFailed(mapped)
    if (error instanceof EngineError && !signal.aborted) scope.event('Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${error.message}`)
    throw error
  }
}

/** Another is to take the sandbox's place. */
export function tellSandboxChanged(scope: PodScope): void {
  scope.event('Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.')
}
