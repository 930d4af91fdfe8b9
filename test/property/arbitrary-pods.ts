import fc from 'fast-check'
import type { Container, Pod } from '../../src/kube/objects.ts'

const main = (name: string): fc.Arbitrary<Container> =>
  fc.record({
    name: fc.constant(name),
    image: fc.constantFrom('a', 'b'),
    startupProbe: fc.option(fc.constant({}), { nil: undefined }),
    livenessProbe: fc.option(fc.record({ terminationGracePeriodSeconds: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }) }), { nil: undefined }),
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
  | { readonly type: 'AgentRestart' }
  | { readonly type: 'Evict' }
  | { readonly type: 'Delete'; readonly graceSeconds: number }

const pick = fc.nat({ max: 7 })

/** Mostly work, exits and time; the rare things now and then. */
export const happeningsArbitrary: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.record({ type: fc.constant('Work' as const), rounds: fc.integer({ min: 1, max: 6 }), startsFail: fc.boolean() }) },
    { weight: 6, arbitrary: fc.record({ type: fc.constant('Exit' as const), pick, exitCode: fc.constantFrom(0, 0, 1, 137) }) },
    { weight: 6, arbitrary: fc.record({ type: fc.constant('Time' as const), ms: fc.constantFrom(1, 5_000, 10_000, 80_000, 300_000, 700_000) }) },
    {
      weight: 5,
      arbitrary: fc.record({ type: fc.constant('Verdict' as const), pick, kind: fc.constantFrom('startup' as const, 'liveness' as const), ok: fc.boolean() }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('Vanish' as const), pick }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('Unknown' as const), pick }) },
    { weight: 1, arbitrary: fc.constant({ type: 'SandboxDies' as const }) },
    { weight: 1, arbitrary: fc.constant({ type: 'SandboxLosesAddress' as const }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('ImageChange' as const), pick }) },
    { weight: 1, arbitrary: fc.constant({ type: 'AgentRestart' as const }) },
    { weight: 1, arbitrary: fc.constant({ type: 'Evict' as const }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('Delete' as const), graceSeconds: fc.integer({ min: 0, max: 60 }) }) },
  ),
  { maxLength: 40 },
)
