import type { KubeObject, Node, Pod } from '../../../kube/objects.ts'
import type { ComputedContext, ResourceDefinition } from '../resource.ts'
import { notFound } from '../rest/status-errors.ts'
import { type Column, column, printer } from '../table/columns.ts'
import type { NodeSummary, SummaryReader } from './summary-reader.ts'
import { type Measured, type ResourceUsage, sumOf, usageOf } from './usage.ts'

interface Metrics extends KubeObject {
  readonly timestamp: string
  readonly window: string
}
/** metrics.k8s.io/v1beta1 NodeMetrics. */
export interface NodeMetrics extends Metrics {
  readonly usage: ResourceUsage
}
/** metrics.k8s.io/v1beta1 PodMetrics. */
export interface PodMetrics extends Metrics {
  readonly containers: readonly { readonly name: string; readonly usage: ResourceUsage }[]
}

// A kubelet's housekeeping interval: what the rates of its summary are taken over. The summary itself does not say.
const window = '10s'
const group = { group: 'metrics.k8s.io', version: 'v1beta1', singular: '', verbs: ['get', 'list'] } as const

const quantityColumn = (name: string): Column => ({ ...column(name), format: 'quantity' })
// As metrics-server's tables.
const columns = [column('Name'), quantityColumn('cpu'), quantityColumn('memory'), { ...column('Window'), format: 'duration' } as const]

/** NodeMetrics and PodMetrics, computed when asked from what the nodes have sampled, as metrics-server serves them to `kubectl top`. */
export function metricsDefinitions(reader: SummaryReader): ResourceDefinition[] {
  return [
    {
      ...group,
      resource: 'nodes',
      kind: 'NodeMetrics',
      namespaced: false,
      printer: printer<NodeMetrics>(columns, (metrics) => [metrics.metadata?.name ?? '', metrics.usage.cpu, metrics.usage.memory, metrics.window]),
      compute: ({ name }, context) => nodeMetrics(reader, name, context),
    },
    {
      ...group,
      resource: 'pods',
      kind: 'PodMetrics',
      namespaced: true,
      printer: podPrinter,
      compute: ({ namespace, name }, context) => podMetrics(reader, namespace, name, context),
    },
  ]
}

const podPrinter = printer<PodMetrics>(columns, (metrics) => {
  const { cpu, memory } = usageOf(sumOf(metrics.containers.map(({ usage }) => usage)))
  return [metrics.metadata?.name ?? '', cpu, memory, metrics.window]
})

async function nodeMetrics(reader: SummaryReader, name: string, { backend, now }: ComputedContext): Promise<NodeMetrics[]> {
  const nodes = name ? [(await backend.get({ resource: 'nodes', name })) as Node] : ((await backend.list({ resource: 'nodes' })).items as readonly Node[])
  const summaries = await reader.readAll(nodes)
  const all = nodes.flatMap((node) => {
    const usage = summaries.get(node.metadata?.name ?? '')?.node
    const measured = usage && measure(usage)
    return measured ? [{ ...head(node, 'NodeMetrics', measured.at, now), usage: usageOf(measured) }] : []
  })
  if (name && all.length === 0) throw notFound({ ...group, resource: 'nodemetrics', kind: 'NodeMetrics' }, name)
  return all
}

async function podMetrics(reader: SummaryReader, namespace: string, name: string, { backend, now }: ComputedContext): Promise<PodMetrics[]> {
  const pods = name
    ? [(await backend.get({ resource: 'pods', namespace, name })) as Pod]
    : ((await backend.list({ resource: 'pods', namespace })).items as readonly Pod[])
  const hosts = new Set(pods.flatMap(({ spec }) => spec?.nodeName ?? []))
  const nodes = (await backend.list({ resource: 'nodes' })).items.filter(({ metadata }) => hosts.has(metadata?.name ?? '')) as readonly Node[]
  const used = new Map([...(await reader.readAll(nodes)).values()].flatMap(({ pods: all = [] }) => all.map((each) => [each.podRef.uid, each] as const)))
  const found = pods.flatMap((pod) => {
    const metrics = metricsOf(pod, used.get(pod.metadata?.uid ?? ''), now)
    return metrics ? [metrics] : []
  })
  if (name && found.length === 0) throw notFound({ ...group, resource: 'podmetrics', kind: 'PodMetrics' }, `${namespace}/${name}`)
  return found
}

/** None while one of its containers is not measured yet: half a pod's use would mislead. */
function metricsOf(pod: Pod, summary: NonNullable<NodeSummary['pods']>[number] | undefined, now: number): PodMetrics | undefined {
  const containers = (summary?.containers ?? []).map(({ name, ...usage }) => ({ name, measured: measure(usage) }))
  const known = containers.flatMap(({ name, measured }) => (measured ? [{ name, measured }] : []))
  if (known.length === 0 || known.length < containers.length) return undefined
  const at = known.map(({ measured }) => measured.at).reduce((a, b) => (a < b ? a : b))
  return {
    ...head(pod, 'PodMetrics', at, now),
    containers: known.map(({ name, measured }) => ({ name, usage: usageOf(measured) })),
  }
}

function measure({ cpu, memory }: NodeSummary['node']): (Measured & { readonly at: string }) | undefined {
  if (cpu?.usageNanoCores === undefined || memory?.workingSetBytes === undefined) return undefined
  return { at: cpu.time, nanoCores: cpu.usageNanoCores, bytes: memory.workingSetBytes }
}

function head({ metadata }: KubeObject, kind: string, timestamp: string, now: number) {
  const { name, namespace, labels } = metadata ?? {}
  const creationTimestamp = `${new Date(now).toISOString().slice(0, 19)}Z`
  return { kind, apiVersion: 'metrics.k8s.io/v1beta1', metadata: { name, ...(namespace && { namespace }), creationTimestamp, labels }, timestamp, window }
}
