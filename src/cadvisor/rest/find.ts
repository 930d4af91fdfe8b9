import type { NodeSnapshot } from '../../metrics/snapshot.ts'
import { ApiError } from './api-error.ts'
import { dockerName } from './spec.ts'
import type { Entry } from './tree.ts'

type Tree = ReadonlyMap<string, Entry>

/** The container of that name. Throws 404. */
export function named(tree: Tree, name: string): Entry {
  const found = tree.get(name)
  if (!found) throw new ApiError(404, `unknown container ${JSON.stringify(name)}; /api/v1.3/subcontainers/ lists all`)
  return found
}

/** The container itself and all below it. */
export function subtree(tree: Tree, name: string): Entry[] {
  const prefix = name === '/' ? '/' : `${name}/`
  return [...tree.values()].filter((entry) => entry.name === name || entry.name.startsWith(prefix))
}

/** Those directly below. */
export const children = (tree: Tree, name: string): Entry[] => {
  const prefix = name === '/' ? '/' : `${name}/`
  return [...tree.values()].filter((entry) => entry.name !== '/' && entry.name.startsWith(prefix) && !entry.name.slice(prefix.length).includes('/'))
}

export type ContainerEntry = Extract<Entry, { kind: 'container' }>

export const dockerContainers = (tree: Tree): ContainerEntry[] => [...tree.values()].filter((entry) => entry.kind === 'container')

/** A Docker container by its name or its id, short or long. Throws 404, and 400 for a short id of several. */
export function dockerContainer(tree: Tree, wanted: string): ContainerEntry {
  const all = dockerContainers(tree)
  const exact = all.find(({ pod, container }) => container.id === wanted || dockerName(pod, container) === wanted)
  if (exact) return exact
  const [found, ...more] = wanted === '' ? [] : all.filter(({ container }) => container.id.startsWith(wanted))
  if (more.length > 0) throw new ApiError(400, `unable to find container ${JSON.stringify(wanted)}: several ids begin so, give more of it`)
  if (!found) throw new ApiError(404, `unable to find Docker container ${JSON.stringify(wanted)}; /api/v1.3/docker/ lists all`)
  return found
}

/** The interface that a container's or the node's network figures are told under. */
export function interfaceName(entry: Entry, snapshot: NodeSnapshot): string {
  if (entry.kind === 'root') return snapshot.stats?.network.defaultInterface ?? snapshot.stats?.network.interfaces[0]?.name ?? ''
  return entry.kind === 'pod' ? (entry.pod.network[0]?.name ?? 'eth0') : 'eth0'
}
