import { hostPorts } from '../../kube/host-ports.ts'
import type { Pod } from '../../kube/objects.ts'
import { podRequests } from '../../kube/pod-requests.ts'
import { type NodeRoom, obstacles } from './fit.ts'

/** Where a pod goes, or why nowhere. */
export type Choice = { readonly node: string } | { readonly unschedulable: string }

/** Picks the fitting node with the fewest pods, of equal ones the first by name, whoever registered first, and books the pod's requests there. Reasons are worded as kube-scheduler's. */
export function chooseNode(pod: Pod, rooms: Iterable<NodeRoom>): Choice {
  const requests = podRequests(pod)
  const reasons = new Map<string, number>()
  let best: NodeRoom | undefined
  let total = 0
  for (const room of rooms) {
    total++
    const problems = obstacles(pod, requests, room)
    for (const problem of problems) reasons.set(problem, (reasons.get(problem) ?? 0) + 1)
    if (problems.length === 0 && (!best || goesBefore(room, best))) best = room
  }
  if (best) {
    book(best, pod)
    return { node: best.node.metadata?.name ?? '' }
  }
  if (total === 0) return { unschedulable: 'no nodes available to schedule pods' }
  const listed = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort()
  return {
    unschedulable: `0/${total} nodes are available: ${listed.join(', ')}. preemption: 0/${total} nodes are available: ${total} Preemption is not helpful for scheduling.`,
  }
}

function goesBefore(a: NodeRoom, b: NodeRoom): boolean {
  return a.pods < b.pods || (a.pods === b.pods && (a.node.metadata?.name ?? '') < (b.node.metadata?.name ?? ''))
}

/** Counts the pod against the node's room. */
export function book(room: NodeRoom, pod: Pod): void {
  room.pods++
  for (const [name, amount] of podRequests(pod)) room.used.set(name, (room.used.get(name) ?? 0) + amount)
  for (const port of hostPorts(pod)) room.hostPorts.add(port)
}

/** Gives back what `book` took. */
export function release(room: NodeRoom, pod: Pod): void {
  room.pods--
  for (const [name, amount] of podRequests(pod)) room.used.set(name, (room.used.get(name) ?? 0) - amount)
  for (const port of hostPorts(pod)) room.hostPorts.delete(port)
}
