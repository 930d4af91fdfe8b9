import { LazyMap } from '../../../src/base/lazy-map.ts'
import type { ContainerId } from '../../../src/engine/engine.ts'
import type { Container, Probe } from '../../../src/kube/objects.ts'
import type { ProbeKind } from '../messages.ts'
import type { ProbeVerdicts } from '../plan/types.ts'
import type { ProbeOutcome } from './outcome.ts'
import type { Schedule, ScheduleHandle } from './schedule.ts'
import { type ProbeTools, tryProbe } from './target.ts'
import { freshStanding, isFinal, judge, type ProbeStanding, probeTiming } from './verdict.ts'

/** A running incarnation of a container, as the actor sees it now. */
export interface ProbeSubject {
  readonly id: ContainerId
  readonly spec: Container
  readonly ip: string | undefined
  /** Wall-clock milliseconds. */
  readonly startedAt: number
}

export interface PodProbesOptions {
  readonly schedule: Schedule
  readonly tools: ProbeTools
  readonly random: () => number
  /** A verdict is new or other than before. */
  readonly onVerdict: (id: ContainerId, kind: ProbeKind, ok: boolean) => void
  /** Every try, whatever came of it. */
  readonly onTried: (container: Container, kind: ProbeKind, result: 'successful' | 'failed' | 'unknown') => void
  readonly onEvent: (container: Container, reason: 'Unhealthy' | 'ProbeWarning', message: string) => void
}

interface Running {
  readonly kind: ProbeKind
  readonly subject: { current: ProbeSubject }
  readonly handle: ScheduleHandle
  standing: ProbeStanding
}

const noVerdicts: Readonly<Record<string, ProbeVerdicts>> = {}
const kinds: readonly ProbeKind[] = ['startup', 'liveness', 'readiness']
const probeOf = (container: Container, kind: ProbeKind): Probe | undefined => container[`${kind}Probe`]
const title = (kind: ProbeKind) => `${kind[0]?.toUpperCase()}${kind.slice(1)}`

// kubelet 1.32: a try that could not be made or finished is made again at once.
const mostTries = 3

async function untilAnswered(signal: AbortSignal, once: () => Promise<ProbeOutcome>): Promise<ProbeOutcome> {
  for (let left = mostTries - 1; ; left--) {
    const outcome = await once()
    if (outcome.result !== 'unknown' || left === 0 || signal.aborted) return outcome
  }
}

/** The probes of one pod. `sync` says what runs now; the rest follows: started, gated by startup, stopped. */
export class PodProbes implements Disposable {
  readonly #options: PodProbesOptions
  readonly #running = new LazyMap<string, Running>()
  readonly #verdicts = new LazyMap<ContainerId, ProbeVerdicts>()
  readonly #createdAt: number

  constructor(options: PodProbesOptions) {
    this.#options = options
    this.#createdAt = options.tools.clock.wall()
  }

  /** By container id; absent: no verdict yet. */
  verdicts(): Readonly<Record<string, ProbeVerdicts>> {
    return this.#verdicts.size === 0 ? noVerdicts : Object.fromEntries(this.#verdicts)
  }

  /** What an earlier incarnation of the agent reported of a container that still runs; only before its first own verdict. */
  adopt(id: ContainerId, verdicts: ProbeVerdicts): void {
    if (!this.#verdicts.has(id)) this.#verdicts.set(id, verdicts)
  }

  /** Probes stop when termination begins, except readiness, which goes on to report. */
  sync(subjects: readonly ProbeSubject[], terminating: boolean): void {
    const wanted = new Set<string>()
    for (const subject of subjects) {
      const started = !subject.spec.startupProbe || this.#verdicts.get(subject.id)?.startup === true
      for (const kind of kinds) {
        const probe = probeOf(subject.spec, kind)
        if (!probe || (terminating && kind !== 'readiness')) continue
        if ((kind === 'startup') === started || isFinal(kind, this.#verdicts.get(subject.id)?.[kind])) continue
        const key = `${subject.id}/${kind}`
        wanted.add(key)
        const running = this.#running.get(key)
        if (running) running.subject.current = subject
        else this.#running.set(key, this.#start(key, kind, probe, subject))
      }
    }
    for (const [key, running] of this.#running) if (!wanted.has(key)) this.#stop(key, running)
    const alive = new Set(subjects.map((subject) => subject.id))
    for (const id of this.#verdicts.keys()) if (!alive.has(id)) this.#verdicts.delete(id)
  }

  [Symbol.dispose](): void {
    for (const [key, running] of this.#running) this.#stop(key, running)
  }

  #stop(key: string, running: Running): void {
    running.handle.cancel()
    this.#running.delete(key)
  }

  #start(key: string, kind: ProbeKind, probe: Probe, subject: ProbeSubject): Running {
    const timing = probeTiming(probe)
    const current = { current: subject }
    const age = this.#options.tools.clock.wall() - subject.startedAt
    // A container that ran before us was adopted after a restart of the agent: such probes are spread over a period.
    const adopted = subject.startedAt < this.#createdAt
    const { random } = this.#options
    // kubelet: liveness is first asked at the next tick of a clock that began before the container did, which is anywhere within a period.
    const spread = kind === 'liveness' ? random() * timing.periodMs : 0
    const firstDelayMs = adopted ? random() * timing.periodMs : Math.max(0, timing.initialDelayMs + spread - age)
    const handle = this.#options.schedule.add({
      firstDelayMs,
      // Pods that started together are asked together once, so as to be ready soon, and then no more.
      ...(kind === 'readiness' && !adopted ? { secondSoonerMs: (random() * timing.periodMs) / 2 } : {}),
      periodMs: timing.periodMs,
      run: async (signal) => {
        const outcome = await untilAnswered(signal, () => tryProbe(probe, current.current, timing.timeoutMs, this.#options.tools, signal))
        const running = this.#running.get(key)
        if (signal.aborted || !running) return
        const { spec, id } = current.current
        this.#options.onTried(spec, kind, outcome.result === 'failure' ? 'failed' : outcome.result === 'unknown' ? 'unknown' : 'successful')
        if (outcome.result === 'failure') this.#options.onEvent(spec, 'Unhealthy', `${title(kind)} probe failed: ${outcome.output}`)
        if (outcome.result === 'unknown')
          this.#options.onEvent(spec, 'Unhealthy', `${title(kind)} probe errored and resulted in ${outcome.state ?? 'unknown'} state: ${outcome.output}`)
        if (outcome.result === 'warning') this.#options.onEvent(spec, 'ProbeWarning', `${title(kind)} probe warning: ${outcome.output}`)
        running.standing = judge(running.standing, outcome, timing)
        this.#conclude(key, running, id)
      },
    })
    const before = this.#verdicts.get(subject.id)?.[kind]
    return { kind, subject: current, handle, standing: before === undefined ? freshStanding : { last: before, run: 1, verdict: before } }
  }

  #conclude(key: string, running: Running, id: ContainerId): void {
    const { verdict } = running.standing
    const before = this.#verdicts.get(id)
    if (verdict === undefined || before?.[running.kind] === verdict) return
    this.#verdicts.set(id, { ...before, [running.kind]: verdict })
    if (isFinal(running.kind, verdict)) this.#stop(key, running)
    this.#options.onVerdict(id, running.kind, verdict)
  }
}
