import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import type { Node } from '../../../kube/objects.ts'
import type { NodeCaller } from '../../apiserver/node/node-caller.ts'

/** Directories of nodes, made and deleted by the nodes' own agents. Both are safe to be asked again, and throw what the node says. */
export interface NodePaths {
  /** The path of a volume's directory on the node. */
  make(node: Node, volume: string, signal: AbortSignal): Promise<string>
  remove(node: Node, volume: string, signal: AbortSignal): Promise<void>
}

// An answer is a path or an error's text.
const longestAnswer = 64 * 1024
// To delete what a pod has left may take long.
const longestMs = 120_000
const made = z.object({ path: z.string().startsWith('/') })

/** Of one node. */
interface OwnPaths {
  make(volume: string): Promise<string>
  remove(volume: string): Promise<void>
}

/** The directories of a node in this process; undefined of another. */
export type PathsInProcess = (nodeName: string) => OwnPaths | undefined

/** By the nodes' HTTPS servers; without them of a node in this process that is asked at once. */
export function nodePaths(caller: NodeCaller, inProcess: PathsInProcess = () => undefined): NodePaths {
  const ask = async (node: Node, method: 'PUT' | 'DELETE', volume: string, signal: AbortSignal) => {
    const path = `/hostPathVolumes/${encodeURIComponent(volume)}`
    const answer = await caller.call({ node, method, path, signal: AbortSignal.any([signal, AbortSignal.timeout(longestMs)]) })
    const text = await read(answer)
    if (answer.statusCode === 200) return text
    const known = answer.statusCode !== 404 ? '' : ' (an agent older than the provisioner)'
    throw new Error(`node ${node.metadata?.name} answered ${answer.statusCode}: ${text.trim()}${known}`)
  }
  return {
    async make(node, volume, signal) {
      const near = inProcess(node.metadata?.name ?? '')
      if (near) return near.make(volume)
      return made.parse(JSON.parse(await ask(node, 'PUT', volume, signal))).path
    },
    async remove(node, volume, signal) {
      const near = inProcess(node.metadata?.name ?? '')
      if (near) await near.remove(volume)
      else await ask(node, 'DELETE', volume, signal)
    },
  }
}

async function read(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    text += chunk
    if (text.length > longestAnswer) throw new Error(`a node's answer is longer than ${longestAnswer} characters`)
  }
  return text
}
