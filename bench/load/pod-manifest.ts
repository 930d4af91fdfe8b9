import type { Container, Pod, Probe } from '../../src/kube/objects.ts'
import type { LoadOptions } from './options.ts'

/** Label that all pods of a run carry; its value is the run. */
export const runLabel = 'podsteward.io/load'

type Shape = Pick<LoadOptions, 'containers' | 'probes' | 'probePeriod' | 'tokens' | 'image' | 'annotation'>

/** A small pod as a deployment would make it, already bound to its node: the node is measured, not the scheduler. */
export function loadPod(run: string, name: string, nodeName: string, shape: Shape): Pod {
  const probe: Probe = { tcpSocket: { port: 8080 }, periodSeconds: shape.probePeriod }
  const container = (index: number): Container => ({
    name: `c${index}`,
    image: shape.image,
    ...(shape.probes >= 1 ? { readinessProbe: probe } : {}),
    ...(shape.probes >= 2 ? { livenessProbe: probe } : {}),
  })
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { app: 'load', [runLabel]: run },
      annotations: Object.fromEntries(shape.annotation.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])),
    },
    spec: {
      nodeName,
      automountServiceAccountToken: shape.tokens,
      terminationGracePeriodSeconds: 1,
      containers: Array.from({ length: shape.containers }, (_, index) => container(index)),
    },
  }
}
