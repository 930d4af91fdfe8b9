import type { Container, Pod } from '../../../src/kube/objects.ts'
import { containerHash } from './hash.ts'

/** dockershim's annotations; the engine keeps them with the container, and the agent rebuilds its state from them. */
export const annotationNames = {
  hash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  ports: 'io.kubernetes.container.ports',
  gracePeriod: 'io.kubernetes.pod.terminationGracePeriod',
  configSource: 'kubernetes.io/config.source',
} as const

export function containerAnnotations(pod: Pod, container: Container, attempt: number): Record<string, string> {
  const grace = pod.metadata?.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds
  return {
    [annotationNames.hash]: containerHash(container),
    [annotationNames.restartCount]: String(attempt),
    [annotationNames.terminationMessagePath]: container.terminationMessagePath || '/dev/termination-log',
    [annotationNames.terminationMessagePolicy]: container.terminationMessagePolicy || 'File',
    ...(grace === undefined ? {} : { [annotationNames.gracePeriod]: String(grace) }),
    ...(container.ports?.length ? { [annotationNames.ports]: JSON.stringify(container.ports) } : {}),
  }
}

/** The pod's own labels and annotations go with its sandbox. */
export const sandboxAnnotations = (pod: Pod): Record<string, string> => ({ [annotationNames.configSource]: 'api', ...pod.metadata?.annotations })
