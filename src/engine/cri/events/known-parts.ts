import type { ContainerId, EngineEvent, PodIdentity, SandboxId } from '../../engine.ts'
import type { Part } from '../list-pods.ts'

const phases = ['created', 'started', 'exited', 'removed'] as const
export type Phase = (typeof phases)[number]

interface Known {
  readonly kind: Part['kind']
  readonly pod: PodIdentity
  readonly name: string
  phase: Phase
  /** A list had it: that the next has not means that it is gone. A sandbox on its way up is in none. */
  listed: boolean
}

/** What is known of each sandbox and container, so that each step of its life is told once, whoever saw it: the runtime's events or a list. */
export class KnownParts {
  readonly #parts = new Map<string, Known>()
  readonly #tell: (event: EngineEvent) => void

  constructor(tell: (event: EngineEvent) => void) {
    this.#tell = tell
  }

  get(id: string): Pick<Known, 'kind' | 'pod' | 'name' | 'phase'> | undefined {
    return this.#parts.get(id)
  }

  /** It is there, and it is told that it was made. */
  made(id: string, part: Pick<Known, 'kind' | 'pod' | 'name'>, at: number): void {
    if (this.#parts.has(id)) return
    this.#parts.set(id, { ...part, phase: 'created', listed: false })
    this.#say(id, 'created', at)
  }

  /** It came as far as this. A step that is behind it is not told again. */
  moved(id: string, phase: Exclude<Phase, 'created'>, at: number): void {
    const part = this.#parts.get(id)
    if (!part || phases.indexOf(part.phase) >= phases.indexOf(phase)) return
    part.phase = phase
    this.#say(id, phase, at)
    if (phase === 'removed') this.#parts.delete(id)
  }

  oom(id: string, at: number): void {
    const part = this.#parts.get(id)
    if (part?.kind === 'container') this.#tell({ type: 'container', pod: part.pod, id: id as ContainerId, name: part.name, change: 'oom', at })
  }

  /** What is there when the watch begins is no news. */
  begin(parts: readonly Part[]): void {
    for (const { id, kind, pod, name, runs, ended } of parts)
      this.#parts.set(id, { kind, pod, name, phase: ended ? 'exited' : runs ? 'started' : 'created', listed: true })
  }

  /** Tells what a list shows that no event told. */
  compare(parts: readonly Part[], at: number): void {
    const listed = new Set<string>()
    for (const part of parts) {
      listed.add(part.id)
      this.made(part.id, part, at)
      const known = this.#parts.get(part.id)
      if (known) known.listed = true
      if (part.runs) this.moved(part.id, 'started', at)
      if (part.ended) this.moved(part.id, 'exited', at)
    }
    for (const [id, known] of this.#parts) if (known.listed && !listed.has(id)) this.moved(id, 'removed', at)
  }

  #say(id: string, change: Phase, at: number): void {
    const part = this.#parts.get(id)
    if (!part) return
    const { kind, pod, name } = part
    this.#tell(kind === 'container' ? { type: kind, pod, id: id as ContainerId, name, change, at } : { type: kind, pod, id: id as SandboxId, change, at })
  }
}
