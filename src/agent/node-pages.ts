import type { ResourceTable } from '../../actors/node/resources.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import { writeJson } from '../json/exact.ts'
import { cadvisorMetrics } from '../metrics/cadvisor-metrics.ts'
import { type ProbeTries, probeMetrics } from '../metrics/probe-metrics.ts'
import { resourceMetrics } from '../metrics/resource-metrics.ts'
import type { NodeSnapshot } from '../metrics/snapshot.ts'
import { statsSummary } from '../metrics/summary.ts'
import { metricsType, type PageContent, type Pages } from '../server/pages.ts'
import { asKubeletConfiguration } from './configz.ts'

export interface NodePagesParts {
  readonly config: AgentConfig
  readonly snapshot: () => NodeSnapshot
  readonly own: () => Promise<string>
  readonly probes: () => readonly ProbeTries[]
  readonly resources: ResourceTable
}

/** What the kubelet's HTTPS server shows beside pods and logs, by path. */
export function nodePages({ config, snapshot, own, probes, resources }: NodePagesParts): Pages {
  const metrics = (body: string): PageContent => ({ type: metricsType, body })
  const json = (value: unknown): PageContent => ({ type: 'application/json', body: writeJson(value) })
  return new Map<string, (query: URLSearchParams) => PageContent | Promise<PageContent>>([
    ['/metrics', async () => metrics(await own())],
    ['/metrics/cadvisor', () => metrics(cadvisorMetrics(snapshot()))],
    ['/metrics/resource', () => metrics(resourceMetrics(snapshot()))],
    ['/metrics/probes', () => metrics(probeMetrics(probes()))],
    ['/stats/summary', (query) => json(statsSummary(snapshot(), query.get('only_cpu_and_memory') === 'true'))],
    ['/configz', () => json({ kubeletconfig: asKubeletConfiguration(config) })],
    ['/runningpods', () => json(runningPods(resources))],
  ])
}

/** kubelet: a pod list made of what really runs, whatever the API server says. */
function runningPods({ pods }: ResourceTable): object {
  return {
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: {},
    items: [...pods.values()]
      .filter(({ containers }) => containers.length > 0)
      .map(({ pod, containers }) => ({
        metadata: { name: pod.name, namespace: pod.namespace, uid: pod.uid, creationTimestamp: null },
        spec: { containers: containers.map(({ name, image }) => ({ name, image, resources: {} })) },
        status: {},
      })),
  }
}
