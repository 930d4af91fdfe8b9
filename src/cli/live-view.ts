import { styleText } from 'node:util'
import type { KubeClient } from '../kube/client.ts'
import type { KubeObject, Node, Pod } from '../kube/objects.ts'

type Write = (line: string) => void

/** Prints a line whenever a node or a pod moves on, until aborted. Reads the API server like any other client. */
export async function showLife(client: KubeClient, write: Write, signal: AbortSignal): Promise<void> {
  await Promise.all([
    follow<Node>(client, '/api/v1/nodes', (node) => ['node', node.metadata?.name ?? '', nodeState(node)], write, signal),
    follow<Pod>(client, '/api/v1/pods', (pod) => ['pod', `${pod.metadata?.namespace}/${pod.metadata?.name}`, podState(pod)], write, signal),
  ])
}

async function follow<T extends KubeObject>(
  client: KubeClient,
  path: string,
  row: (object: T) => [string, string, string],
  write: Write,
  signal: AbortSignal,
): Promise<void> {
  const last = new Map<string, string>()
  const show = (object: T, gone = false) => {
    const [kind, name, state] = row(object)
    if (gone) {
      if (!last.delete(name)) return
    } else if (last.get(name) === state) return
    else last.set(name, state)
    write(
      `${styleText('dim', new Date().toLocaleTimeString('en-GB'))}  ${kind.padEnd(5)}${styleText('bold', name)}  ${gone ? styleText('dim', 'deleted') : colour(state)}`,
    )
  }
  while (!signal.aborted) {
    try {
      const { items, resourceVersion } = await client.list<T>(path, { signal })
      for (const item of items) show(item)
      for await (const event of client.watch<T>(path, { signal, query: { resourceVersion } })) {
        if (event.type === 'ADDED' || event.type === 'MODIFIED') show(event.object)
        else if (event.type === 'DELETED') show(event.object, true)
        else if (event.type === 'ERROR') break
      }
    } catch {
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 1000).unref())
    }
  }
}

function nodeState(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')
  if (ready?.status === 'True') return 'ready'
  return ready ? `not ready: ${ready.message ?? ready.reason ?? ''}` : 'registered'
}

function podState(pod: Pod): string {
  if (pod.metadata?.deletionTimestamp) return 'terminating'
  const phase = pod.status?.phase ?? 'Pending'
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const waiting = statuses.find((status) => status.state?.waiting)?.state?.waiting
  if (phase === 'Failed') return `failed: ${pod.status?.reason ?? ''} ${pod.status?.message ?? ''}`.trim()
  if (waiting) return `${waiting.reason === 'ContainerCreating' || waiting.reason === 'PodInitializing' ? 'starting' : 'waiting'}: ${waiting.reason}`
  if (phase !== 'Running') return phase.toLowerCase()
  const ready = pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True')
  const restarts = statuses.reduce((sum, status) => sum + status.restartCount, 0)
  return `running${ready ? '' : ', not ready'}${pod.status?.podIP ? ` on ${pod.status.podIP}` : ''}${restarts > 0 ? `, ${restarts} restarts` : ''}`
}

function colour(state: string): string {
  if (/^(ready|running)(?!, not)/.test(state)) return styleText('green', state)
  if (/^(failed|not ready|waiting)/.test(state)) return styleText('red', state)
  return styleText('yellow', state)
}
