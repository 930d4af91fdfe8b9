import fc from 'fast-check'
import type { Container, Pod } from '../../src/kube/objects.ts'

const probe = fc.record({ terminationGracePeriodSeconds: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }) })

const main = (name: string): fc.Arbitrary<Container> =>
  fc.record({
    name: fc.constant(name),
    image: fc.constantFrom('a', 'b'),
    startupProbe: fc.option(probe, { nil: undefined }),
    livenessProbe: fc.option(probe, { nil: undefined }),
    lifecycle: fc.option(fc.constant({ postStart: {} }), { nil: undefined, freq: 3 }),
  })

const init = (name: string): fc.Arbitrary<Container> =>
  fc.tuple(main(name), fc.boolean()).map(([container, sidecar]) => (sidecar ? { ...container, restartPolicy: 'Always' } : { name, image: container.image }))

/** Any pod that the API server would let through, as far as its lifecycle goes: up to three init containers and sidecars, up to three main ones. */
export const podArbitrary: fc.Arbitrary<Pod> = fc
  .record({
    restartPolicy: fc.constantFrom('Always', 'OnFailure', 'Never'),
    mains: fc.integer({ min: 1, max: 3 }).chain((count) => fc.tuple(...['m0', 'm1', 'm2'].slice(0, count).map(main))),
    inits: fc.integer({ min: 0, max: 3 }).chain((count) => fc.tuple(...['i0', 'i1', 'i2'].slice(0, count).map(init))),
    ephemeral: fc.boolean(),
    activeDeadlineSeconds: fc.option(fc.integer({ min: 1, max: 4000 }), { nil: undefined, freq: 4 }),
    terminationGracePeriodSeconds: fc.integer({ min: 0, max: 60 }),
  })
  .map(({ mains, inits, ephemeral, ...spec }) => ({
    metadata: { name: 'p', namespace: 'default', uid: 'u-1' },
    spec: {
      ...spec,
      containers: mains,
      initContainers: inits,
      ...(ephemeral ? { ephemeralContainers: [{ name: 'e', image: 'a' }] } : {}),
    } as Pod['spec'],
  }))

/** What may happen to a pod from outside. `pick` and the like choose among what is there at that moment. */
export type Happening =
  | { readonly type: 'Work'; readonly rounds: number; readonly startsFail: boolean }
  | { readonly type: 'Exit'; readonly pick: number; readonly exitCode: number }
  | { readonly type: 'Vanish'; readonly pick: number }
  | { readonly type: 'Unknown'; readonly pick: number }
  | { readonly type: 'SandboxDies' }
  | { readonly type: 'SandboxLosesAddress' }
  | { readonly type: 'Time'; readonly ms: number }
  | { readonly type: 'Verdict'; readonly pick: number; readonly kind: 'startup' | 'liveness'; readonly ok: boolean }
  | { readonly type: 'ImageChange'; readonly pick: number }
  | { readonly type: 'PostStartEnds'; readonly pick: number }
  | { readonly type: 'PullFails'; readonly pick: number; readonly ms: number }
  | { readonly type: 'AgentRestart' }
  | { readonly type: 'Evict' }
  | { readonly type: 'Delete'; readonly graceSeconds: number }

const pick = fc.nat({ max: 7 })

const rounds = fc.integer({ min: 1, max: 6 })
const kind = fc.constantFrom('startup' as const, 'liveness' as const)

/** What befalls a pod that nobody ends: mostly work, exits and time; the rare things now and then. */
const troubles = [
  { weight: 10, arbitrary: fc.record({ type: fc.constant('Work' as const), rounds, startsFail: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('Exit' as const), pick, exitCode: fc.constantFrom(0, 0, 1, 137) }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('Time' as const), ms: fc.constantFrom(1, 5_000, 10_000, 80_000, 300_000, 700_000) }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('Verdict' as const), pick, kind, ok: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('Vanish' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('PostStartEnds' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('Unknown' as const), pick }) },
  { weight: 1, arbitrary: fc.constant({ type: 'SandboxDies' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'SandboxLosesAddress' as const }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('ImageChange' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('PullFails' as const), pick, ms: fc.constantFrom(10_000, 300_000) }) },
  { weight: 1, arbitrary: fc.constant({ type: 'AgentRestart' as const }) },
] satisfies { weight: number; arbitrary: fc.Arbitrary<Happening> }[]

const endings = [
  { weight: 1, arbitrary: fc.constant({ type: 'Evict' as const }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('Delete' as const), graceSeconds: fc.integer({ min: 0, max: 60 }) }) },
] satisfies { weight: number; arbitrary: fc.Arbitrary<Happening> }[]

// Without a size the library makes ten of them at most.
const many = { maxLength: 40, size: 'max' } as const

/** All that may befall a pod. */
export const happeningsArbitrary: fc.Arbitrary<readonly Happening[]> = fc.array(fc.oneof(...troubles, ...endings), many)

/** Without those that end it. */
export const troublesArbitrary: fc.Arbitrary<readonly Happening[]> = fc.array(fc.oneof(...troubles), many)

/** Crash after crash, and good times between: where backoffs grow and are forgotten. */
export const crashesArbitrary: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constant('Work' as const), rounds, startsFail: fc.constant(false) }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('Exit' as const), pick, exitCode: fc.constantFrom(1, 137) }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('Time' as const), ms: fc.constantFrom(10_000, 80_000, 300_000, 700_000) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('ImageChange' as const), pick }) },
  ),
  many,
)
