import type { Container, PodSpec, Volume } from '../objects.ts'
import { validateContainerPorts, validateHostPorts } from './container-port-validation.ts'
import { validateContainerResources, validateResizePolicy } from './container-resources-validation.ts'
import { validateEnv, validateEnvFrom } from './env-validation.ts'
import { validateEphemeralContainers } from './ephemeral-container-validation.ts'
import { append, duplicate, eachOf, type FieldError, invalid, notSupported, notSupportedInOrder, required } from './field-errors.ts'
import { forbidHandlers, validateHandlers } from './handler-validation.ts'
import { validateDevices, validateMounts } from './mount-validation.ts'
import { validateName } from './names.ts'
import { validateRestartRules } from './restart-rule-validation.ts'
import { validateSecurityContext } from './security-context-validation.ts'

/** What the containers of a pod may name, and what holds for all of them. */
export interface Surroundings {
  readonly volumes: ReadonlyMap<string, Volume>
  readonly claims: ReadonlySet<string>
  readonly podRestartPolicy: string | undefined
  /** The pod has the node's users: no user namespace. */
  readonly hostUsers: boolean
}

/** Checks the three lists of containers of a pod spec. */
export function validateContainers(spec: PodSpec, path: string, volumes: ReadonlyMap<string, Volume>): FieldError[] {
  const around: Surroundings = {
    volumes,
    claims: new Set((spec.resourceClaims ?? []).map(({ name }) => name)),
    podRestartPolicy: spec.restartPolicy,
    hostUsers: spec.hostUsers ?? true,
  }
  const errors: FieldError[] = []
  append(errors, validateMainContainers(`${path}.containers`, spec, around))
  append(errors, validateInitContainers(`${path}.initContainers`, spec, around))
  append(
    errors,
    validateEphemeralContainers(`${path}.ephemeralContainers`, spec, (at, container) => validateContainer(at, container, around)),
  )
  return errors
}

function validateMainContainers(path: string, spec: PodSpec, around: Surroundings): FieldError[] {
  if (!spec.containers?.length) return [required(path)]
  const names = new Set<string>()
  const errors = eachOf(path, spec.containers, (at, container) => [
    ...validateContainer(at, container, around),
    ...taken(at, container.name, names),
    ...validateHandlers(at, container, spec.terminationGracePeriodSeconds),
    ...validateRestartRules(at, container),
  ])
  append(errors, validateHostPorts(path, spec.containers))
  return errors
}

function validateInitContainers(path: string, spec: PodSpec, around: Surroundings): FieldError[] {
  const names = new Set((spec.containers ?? []).map(({ name }) => name))
  return eachOf(path, spec.initContainers, (at, container) => [
    ...validateContainer(at, container, around),
    ...validateRestartRules(at, container),
    ...taken(at, container.name, names),
    // They run one by one, so that each is alone with its ports. Upstream calls each the first.
    ...validateHostPorts(path, [container]),
    ...(container.restartPolicy === 'Always' ? validateHandlers(at, container, spec.terminationGracePeriodSeconds) : forbidHandlers(at, container)),
  ])
}

function taken(at: string, name: string | undefined, names: Set<string>): FieldError[] {
  if (!name) return []
  if (names.has(name)) return [duplicate(`${at}.name`, name)]
  names.add(name)
  return []
}

const messagePolicies = ['File', 'FallbackToLogsOnError']
const pullPolicies = ['Always', 'IfNotPresent', 'Never']

/** What holds for containers of all three lists. */
function validateContainer(at: string, container: Container, around: Surroundings): FieldError[] {
  const { name, image, terminationMessagePolicy, imagePullPolicy } = container
  const errors = name ? validateName(`${at}.name`, name, 'label') : [required(`${at}.name`)]
  if (!image) errors.push(required(`${at}.image`))
  if (!terminationMessagePolicy) errors.push(required(`${at}.terminationMessagePolicy`))
  else if (!messagePolicies.includes(terminationMessagePolicy))
    errors.push(notSupportedInOrder(`${at}.terminationMessagePolicy`, terminationMessagePolicy, messagePolicies))
  append(errors, validateContainerPorts(`${at}.ports`, container.ports))
  append(errors, validateEnv(`${at}.env`, container.env))
  append(errors, validateEnvFrom(`${at}.envFrom`, container.envFrom))
  append(errors, validateMounts(`${at}.volumeMounts`, container, around.volumes))
  append(errors, validateDevices(`${at}.volumeDevices`, container, around.volumes))
  if (!imagePullPolicy) errors.push(required(`${at}.imagePullPolicy`))
  else if (!pullPolicies.includes(imagePullPolicy)) errors.push(notSupported(`${at}.imagePullPolicy`, imagePullPolicy, pullPolicies))
  append(errors, validateContainerResources(`${at}.resources`, container.resources, around.claims))
  append(errors, validateResizePolicy(`${at}.resizePolicy`, container.resizePolicy, around.podRestartPolicy))
  append(errors, validateSecurityContext(`${at}.securityContext`, container.securityContext, around.hostUsers))
  return errors
}

/** Images of pods, not those of templates: upstream lets templates have spaces around them. */
export const validateImagesOfPod = (path: string, spec: PodSpec): FieldError[] =>
  (['containers', 'initContainers'] as const).flatMap((list) => eachOf(`${path}.${list}`, spec[list], validateTrimmedImage))

const validateTrimmedImage = (at: string, { image = '' }: Container): FieldError[] =>
  image === image.trim() ? [] : [invalid(`${at}.image`, image, 'must not have leading or trailing whitespace')]
