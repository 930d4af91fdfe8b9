import type { Pod } from '../../src/kube/objects.ts'

/** A uid names directories and cgroups. */
const uidPattern = /^[A-Za-z0-9][-A-Za-z0-9._]{0,127}$/
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

/**
 * What makes a pod of the right types useless to a node: it cannot be named, is another node's, or has nothing to run. Says what is wrong, beginning with the
 * field. The API server never lets one be; what stands in between, or a damaged store, may.
 */
export function podFault({ metadata, spec }: Pod, nodeName?: string): string | undefined {
  const { uid = '', name = '', namespace = '' } = metadata ?? {}
  if (!uidPattern.test(uid)) return '.metadata.uid: must name the pod, in letters, digits, . - and _'
  if (name.length > 253 || !subdomain.test(name)) return '.metadata.name: must be a DNS name'
  if (namespace.length > 63 || !label.test(namespace)) return '.metadata.namespace: must be a DNS label'
  if (!spec) return '.spec: must be an object'
  if (nodeName !== undefined && spec.nodeName !== undefined && spec.nodeName !== nodeName) return '.spec.nodeName: is another node'
  if (!Array.isArray(spec.containers) || spec.containers.length === 0) return '.spec.containers: must name at least one container'
  const names = new Set<string>()
  for (const [list, containers] of [
    ['initContainers', spec.initContainers],
    ['containers', spec.containers],
    ['ephemeralContainers', spec.ephemeralContainers],
  ] as const)
    for (const [index, container] of (containers ?? []).entries()) {
      const own = container.name ?? ''
      if (own.length > 63 || !label.test(own)) return `.spec.${list}[${index}].name: must be a DNS label`
      if (names.has(own)) return `.spec.${list}[${index}].name: is the name of another container too`
      names.add(own)
    }
  for (const [index, volume] of (spec.volumes ?? []).entries())
    if (volume.name === undefined || volume.name.length > 63 || !label.test(volume.name)) return `.spec.volumes[${index}].name: must be a DNS label`
  return undefined
}
