import { own as ownValue } from '../../../src/base/own.ts'
import { DownwardError, downwardField, downwardResource } from '../../../src/kube/downward.ts'
import type { ConfigMap, Container, Node, Pod, Secret, Service } from '../../../src/kube/objects.ts'
import { ContainerConfigError } from '../rules.ts'
import { Expansion, ExpansionError } from './expansion.ts'
import { sharedServiceEnvironment } from './service-environment.ts'

export interface EnvironmentInput {
  readonly pod: Pod
  readonly container: Container
  readonly services: readonly Service[]
  /** By `Secret/name` and `ConfigMap/name`; absent when there is none. */
  readonly objects: ReadonlyMap<string, Secret | ConfigMap>
  readonly node: Node | undefined
  readonly podIps: readonly string[]
  readonly hostIps: readonly string[]
}

export interface EnvironmentResult {
  readonly variables: ReadonlyMap<string, string>
  /** Keys of envFrom whose names are no variable names. */
  readonly skipped: readonly string[]
}

type EnvVar = NonNullable<Container['env']>[number]

// validation.IsEnvVarName of 1.32: printable ASCII but '='; relaxed from C identifiers.
const variableName = /^[ -<>-~]+$/

/** A container's variables: services, then envFrom in order, then env; later ones win, and may use what came before. Throws `ContainerConfigError`. */
export function containerEnvironment(input: EnvironmentInput): EnvironmentResult {
  const { pod, container } = input
  const services = sharedServiceEnvironment(input.services, pod.metadata?.namespace ?? '', pod.spec?.enableServiceLinks ?? true)
  const own = new Map<string, string>()
  const skipped = fromSources(input, own)
  const lookup = (name: string) => own.get(name) ?? services.get(name)
  const expansion = new Expansion(lookup)
  for (const entry of container.env ?? []) {
    const value = entry.valueFrom ? fromReference(entry, input) : expanded(expansion, `env ${entry.name}`, entry.value ?? '')
    if (value !== undefined) own.set(entry.name, value)
  }
  if (own.size === 0) return { variables: services, skipped }
  for (const [name, value] of services) if (!own.has(name)) own.set(name, value)
  return { variables: own, skipped }
}

/** A text of the container expanded; `what` names it in the fault. Throws `ContainerConfigError`. */
export function expanded(expansion: Expansion, what: string, text: string): string {
  try {
    return expansion.expand(text)
  } catch (cause) {
    if (cause instanceof ExpansionError) throw new ContainerConfigError('CreateContainerConfigError', `${what}: ${cause.message}`, { cause })
    throw cause
  }
}

function fromSources({ container, objects }: EnvironmentInput, own: Map<string, string>): string[] {
  const skipped: string[] = []
  for (const source of container.envFrom ?? []) {
    const ref = source.configMapRef ?? source.secretRef
    const kind = source.configMapRef ? 'ConfigMap' : 'Secret'
    const object = objects.get(`${kind}/${ref?.name}`)
    if (!object) {
      if (ref?.optional) continue
      throw missingObject(kind, ref?.name)
    }
    for (const [key, value] of Object.entries(object.data ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
      const name = `${source.prefix ?? ''}${key}`
      if (variableName.test(name)) own.set(name, textOf(kind, value))
      else skipped.push(name)
    }
  }
  return skipped
}

function fromReference({ valueFrom }: EnvVar, input: EnvironmentInput): string | undefined {
  const { pod, container, podIps, hostIps, node } = input
  try {
    if (valueFrom?.fieldRef) return downwardField(pod, valueFrom.fieldRef.fieldPath, { podIps, hostIps })
    if (valueFrom?.resourceFieldRef) {
      const { containerName, resource, divisor } = valueFrom.resourceFieldRef
      return downwardResource(pod, node, { containerName, resource, divisor }, container)
    }
  } catch (cause) {
    if (cause instanceof DownwardError) throw new ContainerConfigError('CreateContainerConfigError', cause.message, { cause })
    throw cause
  }
  const ref = valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef
  if (!ref) return undefined
  const kind = valueFrom?.configMapKeyRef ? 'ConfigMap' : 'Secret'
  const object = input.objects.get(`${kind}/${ref.name}`)
  if (!object) {
    if (ref.optional) return undefined
    throw missingObject(kind, ref.name)
  }
  const value = ownValue(object.data, ref.key)
  if (value !== undefined) return textOf(kind, value)
  if (!ref.optional)
    throw new ContainerConfigError('CreateContainerConfigError', `couldn't find key ${ref.key} in ${kind} ${pod.metadata?.namespace}/${ref.name}`)
  return undefined
}

const missingObject = (kind: 'Secret' | 'ConfigMap', name: string | undefined) =>
  new ContainerConfigError('CreateContainerConfigError', `${kind.toLowerCase()} ${JSON.stringify(name ?? '')} not found`)

const textOf = (kind: 'Secret' | 'ConfigMap', value: string): string => (kind === 'ConfigMap' ? value : Buffer.from(value, 'base64').toString('utf8'))
