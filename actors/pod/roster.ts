import type { ActorFactory } from '../kernel/types.ts'
import type { PodEnvironment } from './environment.ts'
import type { PodActorProps } from './messages.ts'
import { createPodActor } from './pod-actor.ts'

/** The kinds of actor that a host of pods runs, by `ActorSpec.kind`. `src/agent/host-module.ts` adds what they share. */
export const podKinds: { readonly pod: ActorFactory<PodActorProps, PodEnvironment> } = { pod: createPodActor }
