import type { Pod } from '../../../kube/objects.ts'
import { badRequest } from '../rest/status-errors.ts'

const defaultContainer = 'kubectl.kubernetes.io/default-container'

/** The container whose log is meant: the one asked for, the only one, or the one the pod's annotation names. Throws a 400 in a kube-apiserver's words. */
export function logContainer(pod: Pod, asked: string): string {
  const names = (containers: readonly { readonly name: string }[] | undefined) => containers?.map(({ name }) => name) ?? []
  const main = names(pod.spec?.containers)
  const init = names(pod.spec?.initContainers)
  const all = [...main, ...init, ...names(pod.spec?.ephemeralContainers)]
  const podName = pod.metadata?.name
  if (asked) {
    if (!all.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${podName}`)
    return asked
  }
  const annotated = pod.metadata?.annotations?.[defaultContainer]
  const chosen = annotated !== undefined && all.includes(annotated) ? annotated : main.length === 1 ? main[0] : undefined
  if (chosen !== undefined) return chosen
  const others = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : ''
  throw badRequest(`a container name must be specified for pod ${podName}, choose one of: [${main.join(' ')}]${others}`)
}
