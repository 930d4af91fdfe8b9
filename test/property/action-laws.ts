import assert from 'node:assert/strict'
import type { Action, PodMemory } from '../../actors/pod/plan/types.ts'
import type { ContainerState, PodState } from '../../src/engine/engine.ts'
import type { Container, Pod } from '../../src/kube/objects.ts'
import { secondsOf } from '../../src/kube/seconds.ts'
import type { Life } from './start-laws.ts'

type Of<Type extends Action['type']> = Extract<Action, { type: Type }>

/** A container is killed for a cause that is so, with the grace that is its own. */
export function assertMayKill(
  { id, name, cause, graceSeconds }: Of<'KillContainer'>,
  pod: Pod,
  spec: Container,
  life: Life,
  state: PodState,
  memory: PodMemory,
) {
  const found = state.containers.find((each) => each.id === id)
  const verdicts = memory.probes[id]
  const holds: Record<typeof cause, boolean> = {
    'unknown-state': found?.state === 'unknown',
    'definition-changed': life.image !== spec.image,
    liveness: verdicts?.liveness === false,
    'startup-probe': verdicts?.startup === false,
    resize: false,
  }
  assert.ok(holds[cause], `${name} is killed for ${cause}`)
  const own = {
    liveness: spec.livenessProbe,
    'startup-probe': spec.startupProbe,
    'unknown-state': undefined,
    'definition-changed': undefined,
    resize: undefined,
  }
  assert.equal(graceSeconds, own[cause]?.terminationGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds, `the grace of ${name}, killed for ${cause}`)
}

/** What runs stays, and so do the newest incarnation and the last words of the one before. */
export function assertMayRemove({ id }: Of<'RemoveContainer'>, state: PodState, life: Life, spec: Container) {
  const container = state.containers.find((each) => each.id === id)
  assert.ok(container && container.state !== 'running' && container.state !== 'unknown', 'what runs is not removed')
  // One that was only made, of a definition that is no longer wanted, was never anything.
  if (container.state === 'created' && life.image !== spec.image) return
  const others = state.containers.filter((each) => each.name === container.name && each.id !== id)
  assert.ok(
    others.some((each) => each.attempt > container.attempt),
    `${id} is the newest`,
  )
  const ended = (each: ContainerState) => each.state === 'exited'
  assert.ok(!ended(container) || others.some((each) => ended(each) && each.attempt > container.attempt), `${id} has the last words of ${container.name}`)
}

/** The deletion's grace, else the pod's own; an eviction may only shorten it; a second at the least. */
export function assertGrace({ graceSeconds, reason }: Of<'TerminatePod'>, { metadata, spec }: Pod, eviction: number | undefined) {
  const own = secondsOf(spec?.terminationGracePeriodSeconds ?? 30)
  const deletion = metadata?.deletionTimestamp ? secondsOf(metadata.deletionGracePeriodSeconds ?? own) : own
  const asked = metadata?.deletionTimestamp ? Math.min(deletion, eviction ?? Number.POSITIVE_INFINITY) : (eviction ?? own)
  assert.equal(graceSeconds, Math.max(1, asked), `the grace of a pod that is ${reason}`)
}
