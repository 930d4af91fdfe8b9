import { backoffDelay } from '../../../src/base/backoff.ts'
import { sleep } from '../../../src/base/clock.ts'
import { goQuote } from '../../../src/base/go-quote.ts'
import { EngineError } from '../../../src/engine/engine.ts'
import { joinHostPort, plainHttpAnswer } from '../../../src/go-http/errors.ts'
import type { Container, Pod } from '../../../src/kube/objects.ts'
import { kubernetesMinor } from '../../../src/kube/version.ts'
import type { HttpTry } from '../probes/http-probe.ts'
import type { ProbeOutcome } from '../probes/outcome.ts'
import { httpTarget, type ProbedContainer, type ProbeTools } from '../probes/target.ts'

/** One of `lifecycle.postStart` and `lifecycle.preStop`. */
export type Hook = NonNullable<NonNullable<Container['lifecycle']>['postStart']>

/** A hook did not do its work. The message is fit for an event. */
export class HookError extends Error {
  override readonly name = 'HookError'
}

/** An engine that could not run a hook's command is asked again. */
const engineRetry = { initialMs: 1_000, maxMs: 10_000 }
/** So long, where it answers and yet could not: what is wrong may be the container's. */
const internalRetriesMs = 60_000

/** What a hook needs to know of its container. */
export interface HookedContainer extends ProbedContainer {
  /** `name_namespace(uid)` */
  readonly pod: string
  /** Tells of what was odd about a hook that was done all the same. */
  readonly warn?: (reason: string, message: string) => void
}

/** As the kubelet names a pod in its messages. */
export const podTitle = ({ metadata }: Pod): string => `${metadata?.name}_${metadata?.namespace}(${metadata?.uid})`

/**
 * Runs a lifecycle hook to its end; throws `HookError`, in the kubelet's words. `timeoutMs` absent: as long as it takes.
 * An HTTP answer of any status counts as done, as with the kubelet.
 */
export async function runHook(hook: Hook, container: HookedContainer, tools: ProbeTools, signal: AbortSignal, timeoutMs?: number): Promise<void> {
  const { spec, ip, pod } = container
  const where = `for Container ${goQuote(spec.name)} in Pod ${goQuote(pod)} failed - error:`
  if (hook.exec) return exec(hook.exec.command ?? [], container, where, tools, signal, timeoutMs)
  if (hook.httpGet) {
    const failed = (why: string) => new HookError(`HTTP lifecycle hook (${hook.httpGet?.path ?? ''}) ${where} ${why}`)
    const target = httpTarget(hook.httpGet, spec, ip)
    if (typeof target === 'string') throw failed(target)
    const options: HttpTry = { userAgent: `kube-lifecycle/${kubernetesMinor}`, timeoutMs, signal, clock: tools.clock, purpose: 'hook' }
    let outcome = await tools.network.http(target, options)
    // kubelet 1.32: hooks once ignored the scheme; one that says HTTPS and meets plain HTTP is asked again so, without its credentials.
    if (outcome.result === 'failure' && outcome.output.endsWith(plainHttpAnswer)) {
      const headers = target.headers.filter(({ name }) => name.toLowerCase() !== 'authorization')
      outcome = await tools.network.http({ ...target, scheme: 'http', headers }, options)
      const host = joinHostPort(target.host, target.port)
      if (hasAnswered(outcome))
        container.warn?.('LifecycleHTTPFallback', `request to HTTPS lifecycle hook ${host} got HTTP response, retry with HTTP succeeded`)
    }
    if (!signal.aborted && !hasAnswered(outcome)) throw failed(outcome.output)
    return
  }
  if (hook.sleep) return sleep(tools.clock, Math.min(Number(hook.sleep.seconds) * 1000, timeoutMs ?? Number.POSITIVE_INFINITY), signal)
  // The API keeps tcpSocket, but no kubelet runs it.
  throw new HookError(
    `Cannot run handler: invalid handler: container ${spec.name} gives ${Object.keys(hook).join(', ') || 'none'}; give exec, httpGet or sleep`,
  )
}

const hasAnswered = ({ result, output }: ProbeOutcome): boolean =>
  result === 'success' || result === 'warning' || (result === 'failure' && output.startsWith('HTTP probe failed'))

/** Runs it once. An engine that could not run it has not: it is asked again while there is time, and a container is not ended for it. */
async function exec(
  command: readonly string[],
  container: HookedContainer,
  where: string,
  tools: ProbeTools,
  signal: AbortSignal,
  timeoutMs?: number,
): Promise<void> {
  const told = `Exec lifecycle hook ([${command.join(' ')}]) ${where}`
  const { clock, engine } = tools
  const began = clock.monotonic()
  for (let failures = 1; ; failures += 1) {
    const leftMs = timeoutMs === undefined ? undefined : timeoutMs - (clock.monotonic() - began)
    try {
      const result = await engine.exec(container.id, command, { signal, maxOutputBytes: 4096, timeoutMs: leftMs, outlastsEngine: true })
      if (result.exitCode === 0) return
      throw new HookError(
        `${told} command '${command.join(' ')}' exited with ${result.exitCode}: ${result.stderr}, message: ${goQuote(result.stdout + result.stderr)}`,
      )
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      // It ran, or still runs; what came of it is not known, and it is not run twice.
      if (error.kind === 'lost') return
      const waitMs = backoffDelay(engineRetry, failures)
      const untilMs = error.kind === 'unreachable' ? Number.POSITIVE_INFINITY : error.kind === 'internal' ? internalRetriesMs : 0
      const mayWaitMs = Math.min(untilMs - (clock.monotonic() - began), leftMs ?? Number.POSITIVE_INFINITY)
      if (signal.aborted || waitMs >= mayWaitMs) throw new HookError(`${told} ${error.message}, message: ""`, { cause: error })
      await sleep(clock, waitMs, signal)
    }
  }
}
