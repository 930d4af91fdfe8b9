import type { Pod, Service } from '../../../../src/kube/objects.ts'

type Spec = NonNullable<Service['spec']>

/** A service `web` that selects `app: web` and leads to port 80, named `http`. */
export const aService = (over: Partial<Spec> = {}, metadata: Service['metadata'] = {}): Service => ({
  metadata: { name: 'web', namespace: 'default', uid: 'service-uid', ...metadata },
  spec: {
    selector: { app: 'web' },
    clusterIP: '10.96.0.9',
    ipFamilies: ['IPv4'],
    ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
    ...over,
  },
})

/** A pod that the service selects, ready unless said. */
export function aWebPod(index: number, over: { ready?: boolean; leaving?: boolean; phase?: string; spec?: Partial<Pod['spec']>; ips?: string[] } = {}): Pod {
  const { ready = true, leaving = false, phase = 'Running', ips = [`10.0.${Math.trunc(index / 250)}.${(index % 250) + 1}`] } = over
  return {
    metadata: {
      name: `web-${index}`,
      namespace: 'default',
      uid: `uid-${index}`,
      labels: { app: 'web' },
      ...(leaving && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: { nodeName: 'node-0', containers: [{ name: 'c', image: 'i', ports: [{ name: 'web', containerPort: 3000, protocol: 'TCP' }] }], ...over.spec },
    status: {
      phase,
      ...(ips[0] && { podIP: ips[0] }),
      podIPs: ips.map((ip) => ({ ip })),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    },
  } as Pod
}
