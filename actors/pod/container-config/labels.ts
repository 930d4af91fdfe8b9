import type { Container, Pod } from '../../../src/kube/objects.ts'
import { containerHash } from './hash.ts'

/** A kubelet's annotations; the engine keeps them with the container, and the agent rebuilds its state from them. */
export const annotationNames = {
  hash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  ports: 'io.kubernetes.container.ports',
  deletionGrace: 'io.kubernetes.pod.deletionGracePeriod',
  terminationGrace: 'io.kubernetes.pod.terminationGracePeriod',
  preStop: 'io.kubernetes.container.preStopHandler',
  configSeen: 'kubernetes.io/config.seen',
  configSource: 'kubernetes.io/config.source',
} as const

export function containerAnnotations(pod: Pod, container: Container, attempt: number): Record<string, string> {
  const deletionGrace = pod.metadata?.deletionGracePeriodSeconds
  const terminationGrace = pod.spec?.terminationGracePeriodSeconds
  return {
    [annotationNames.hash]: containerHash(container),
    [annotationNames.restartCount]: String(attempt),
    [annotationNames.terminationMessagePath]: container.terminationMessagePath || '/dev/termination-log',
    [annotationNames.terminationMessagePolicy]: container.terminationMessagePolicy || 'File',
    ...(deletionGrace === undefined ? {} : { [annotationNames.deletionGrace]: String(deletionGrace) }),
    ...(terminationGrace === undefined ? {} : { [annotationNames.terminationGrace]: String(terminationGrace) }),
    ...(container.lifecycle?.preStop ? { [annotationNames.preStop]: JSON.stringify(container.lifecycle.preStop) } : {}),
    ...(container.ports?.length ? { [annotationNames.ports]: JSON.stringify(container.ports) } : {}),
  }
}

/** The pod's own annotations go with its sandbox. `seen`: when the node first heard of it, wall-clock ms. */
export const sandboxAnnotations = (pod: Pod, seen: number): Record<string, string> => ({
  [annotationNames.configSeen]: new Date(seen).toISOString(),
  [annotationNames.configSource]: 'api',
  ...pod.metadata?.annotations,
})
