import type { Container, Pod } from '../../../src/kube/objects.ts'
import { isSidecar } from '../plan/restart.ts'

/** Whether a container is there to come to an end: an init container that is no sidecar, and a main one of a Job's pod. */
export function runsToCompletion({ metadata, spec }: Pod, container: Container): boolean {
  if (isSidecar(container)) return false
  if (spec?.initContainers?.some(({ name }) => name === container.name)) return true
  const isOfJob = metadata?.ownerReferences?.some(({ controller, kind, apiVersion }) => controller && kind === 'Job' && apiVersion.startsWith('batch/'))
  return isOfJob === true && spec?.containers.some(({ name }) => name === container.name) === true
}
