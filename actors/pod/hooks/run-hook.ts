import { sleep } from '../../../src/base/clock.ts'
import { EngineError } from '../../../src/engine/engine.ts'
import type { Container } from '../../../src/kube/objects.ts'
import { httpTarget, type ProbedContainer, type ProbeTools, resolvePort } from '../probes/target.ts'

/** One of `lifecycle.postStart` and `lifecycle.preStop`. */
export type Hook = NonNullable<NonNullable<Container['lifecycle']>['postStart']>

/** A hook did not do its work. The message is fit for an event. */
export class HookError extends Error {
  override readonly name = 'HookError'
}

// A hook's connection attempt has no timeout in its spec; the container's grace period or its kill ends it.
const connectTimeoutMs = 30_000

/**
 * Runs a lifecycle hook to its end; throws `HookError`. `timeoutMs` absent: as long as it takes.
 * An HTTP answer of any status counts as done, as with the kubelet.
 */
export async function runHook(hook: Hook, container: ProbedContainer, tools: ProbeTools, signal: AbortSignal, timeoutMs?: number): Promise<void> {
  const { id, spec, ip } = container
  if (hook.exec) return exec(hook.exec.command ?? [], container, tools, signal, timeoutMs)
  if (hook.sleep) return sleep(tools.clock, Math.min(Number(hook.sleep.seconds) * 1000, timeoutMs ?? Number.POSITIVE_INFINITY), signal)
  if (hook.httpGet) {
    const target = httpTarget(hook.httpGet, spec, ip)
    if (typeof target === 'string') throw new HookError(target)
    const options = { userAgent: 'kube-lifecycle/1.32', timeoutMs: timeoutMs ?? connectTimeoutMs, signal, clock: tools.clock }
    let outcome = await tools.network.http(target, options)
    // kubelet 1.32: hooks once ignored the scheme; one that says HTTPS and meets plain HTTP is asked again so, without its credentials.
    if (target.scheme === 'https' && outcome.result === 'failure' && outcome.output.includes('wrong version number')) {
      const headers = target.headers.filter(({ name }) => name.toLowerCase() !== 'authorization')
      outcome = await tools.network.http({ ...target, scheme: 'http', headers }, options)
    }
    if (outcome.result === 'failure' && !outcome.output.startsWith('HTTP probe failed'))
      throw new HookError(`HTTP lifecycle hook (${target.path}) for Container "${spec.name}" failed - error: ${outcome.output}`)
    return
  }
  if (hook.tcpSocket) {
    const port = resolvePort(hook.tcpSocket.port, spec)
    const host = hook.tcpSocket.host || ip
    if (port === undefined || !host)
      throw new HookError(`lifecycle hook of container ${spec.name}: no address for tcpSocket port ${JSON.stringify(hook.tcpSocket.port)}`)
    const outcome = await tools.network.tcp(host, port, timeoutMs ?? connectTimeoutMs, signal)
    if (outcome.result === 'failure') throw new HookError(`TCP lifecycle hook for Container "${spec.name}" failed - error: ${outcome.output}`)
    return
  }
  throw new HookError(`invalid handler in lifecycle of container ${spec.name} (${id}): give exec, httpGet or sleep`)
}

async function exec(command: readonly string[], container: ProbedContainer, tools: ProbeTools, signal: AbortSignal, timeoutMs?: number): Promise<void> {
  const told = `Exec lifecycle hook ([${command.join(' ')}]) for Container "${container.spec.name}" failed`
  try {
    const result = await tools.engine.exec(container.id, command, { signal, maxOutputBytes: 4096, timeoutMs })
    if (result.exitCode !== 0)
      throw new HookError(
        `${told} - error: command '${command.join(' ')}' exited with ${result.exitCode}: ${result.stderr}, message: ${JSON.stringify(result.stdout)}`,
      )
  } catch (error) {
    if (error instanceof EngineError) throw new HookError(`${told} - error: ${error.message}`, { cause: error })
    throw error
  }
}
