import { own } from '../../base/own.ts'
import type { Container, PodSpec, Probe } from '../objects.ts'
import { parseQuantity } from '../quantity.ts'
import { append, duplicate, type FieldError, forbidden, invalid, maxFieldErrors, notFound, notSupported, required } from './field-errors.ts'
import { validateIds } from './id-validation.ts'
import { validateName } from './names.ts'

/** Checks the three lists of containers of a pod spec; `volumes` are the names that mounts may use. */
export function validateContainers(spec: PodSpec, path: string, volumes: ReadonlySet<string>): FieldError[] {
  const errors: FieldError[] = []
  const names = new Set<string>()
  const hostNetwork = spec.hostNetwork === true
  if (!spec.containers?.length) errors.push(required(`${path}.containers`))
  for (const [list, containers] of [
    ['containers', spec.containers ?? []],
    ['initContainers', spec.initContainers ?? []],
    ['ephemeralContainers', (spec.ephemeralContainers ?? []) as Container[]],
  ] as const) {
    for (const [index, container] of containers.entries()) {
      if (errors.length >= maxFieldErrors) break
      const at = `${path}.${list}[${index}]`
      if (container.name && names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name))
      names.add(container.name)
      append(errors, validateContainer(container, at, volumes, hostNetwork))
      if (list === 'initContainers' && container.restartPolicy !== 'Always') {
        for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const)
          if (container[probe]) errors.push(forbidden(`${at}.${probe}`, 'may not be set for init containers without restartPolicy=Always'))
        if (container.lifecycle) errors.push(forbidden(`${at}.lifecycle`, 'may not be set for init containers without restartPolicy=Always'))
      }
    }
  }
  return errors
}

function validateContainer(container: Container, at: string, volumes: ReadonlySet<string>, hostNetwork: boolean): FieldError[] {
  const errors: FieldError[] = []
  if (!container.name) errors.push(required(`${at}.name`))
  else append(errors, validateName(`${at}.name`, container.name, 'label'))
  if (!container.image) errors.push(required(`${at}.image`))
  else if (container.image !== container.image.trim()) errors.push(invalid(`${at}.image`, container.image, 'must not have leading or trailing whitespace'))
  if (container.imagePullPolicy && !['Always', 'IfNotPresent', 'Never'].includes(container.imagePullPolicy))
    errors.push(notSupported(`${at}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']))
  if (container.terminationMessagePolicy && !['File', 'FallbackToLogsOnError'].includes(container.terminationMessagePolicy))
    errors.push(notSupported(`${at}.terminationMessagePolicy`, container.terminationMessagePolicy, ['File', 'FallbackToLogsOnError']))
  append(errors, validatePorts(container, at, hostNetwork))
  append(errors, validateEnv(container, at))
  append(errors, validateMounts(container, at, volumes))
  for (const kind of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    const probe = container[kind]
    if (!probe) continue
    append(errors, validateProbe(probe, `${at}.${kind}`))
    if (kind !== 'readinessProbe' && probe.successThreshold !== 1) errors.push(invalid(`${at}.${kind}.successThreshold`, probe.successThreshold, 'must be 1'))
  }
  append(errors, validateIds(container.securityContext, `${at}.securityContext`))
  append(errors, validateResources(container, at))
  return errors
}

const portRange = 'must be between 1 and 65535, inclusive'
const outside = (port: number) => !Number.isInteger(port) || port < 1 || port > 65535

function validatePorts(container: Container, at: string, hostNetwork: boolean): FieldError[] {
  const errors: FieldError[] = []
  const names = new Set<string>()
  for (const [index, port] of (container.ports ?? []).entries()) {
    if (errors.length >= maxFieldErrors) break
    const path = `${at}.ports[${index}]`
    if (port.name) {
      if (port.name.length > 15) errors.push(invalid(`${path}.name`, port.name, 'must be no more than 15 characters'))
      if (names.has(port.name)) errors.push(duplicate(`${path}.name`, port.name))
      names.add(port.name)
    }
    if (!port.containerPort) errors.push(required(`${path}.containerPort`))
    else if (outside(port.containerPort)) errors.push(invalid(`${path}.containerPort`, port.containerPort, portRange))
    if (port.hostPort && outside(port.hostPort)) errors.push(invalid(`${path}.hostPort`, port.hostPort, portRange))
    if (hostNetwork && port.hostPort !== port.containerPort)
      errors.push(invalid(`${path}.hostPort`, port.hostPort ?? 0, 'must match `containerPort` when `hostNetwork` is true'))
    if (!['TCP', 'UDP', 'SCTP'].includes(port.protocol ?? '')) errors.push(notSupported(`${path}.protocol`, port.protocol ?? '', ['TCP', 'UDP', 'SCTP']))
  }
  return errors
}

function validateEnv(container: Container, at: string): FieldError[] {
  const errors: FieldError[] = []
  for (const [index, variable] of (container.env ?? []).entries()) {
    if (errors.length >= maxFieldErrors) break
    const path = `${at}.env[${index}]`
    if (!variable.name) errors.push(required(`${path}.name`))
    // KEP-4369, on by default in 1.32: any printable ASCII but "=".
    else if (!/^[ -<>-~]+$/.test(variable.name))
      errors.push(invalid(`${path}.name`, variable.name, "a valid environment variable name must consist only of printable ASCII characters other than '='"))
    const sources = Object.keys(variable.valueFrom ?? {})
    if (!variable.valueFrom) continue
    if (sources.length === 0)
      errors.push(invalid(`${path}.valueFrom`, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`'))
    else if (variable.value) errors.push(invalid(`${path}.valueFrom`, '', 'may not be specified when `value` is not empty'))
    else if (sources.length > 1) errors.push(invalid(`${path}.valueFrom`, '', 'may not have more than one field specified at a time'))
    for (const kind of ['configMapKeyRef', 'secretKeyRef'] as const)
      if (variable.valueFrom[kind] && !variable.valueFrom[kind].key) errors.push(required(`${path}.valueFrom.${kind}.key`))
  }
  return errors
}

const propagations = ['Bidirectional', 'HostToContainer', 'None']

function validateMounts(container: Container, at: string, volumes: ReadonlySet<string>): FieldError[] {
  const errors: FieldError[] = []
  const paths = new Set<string>()
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    if (errors.length >= maxFieldErrors) break
    const path = `${at}.volumeMounts[${index}]`
    if (!mount.name) errors.push(required(`${path}.name`))
    else if (!volumes.has(mount.name)) errors.push(notFound(`${path}.name`, mount.name))
    if (!mount.mountPath) errors.push(required(`${path}.mountPath`))
    else if (paths.has(mount.mountPath)) errors.push(invalid(`${path}.mountPath`, mount.mountPath, 'must be unique'))
    paths.add(mount.mountPath)
    if (mount.mountPropagation && !propagations.includes(mount.mountPropagation))
      errors.push(notSupported(`${path}.mountPropagation`, mount.mountPropagation, propagations))
    if (mount.subPath && mount.subPathExpr) errors.push(invalid(`${path}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'))
    for (const field of ['subPath', 'subPathExpr'] as const) {
      const value = mount[field]
      if (!value) continue
      if (value.startsWith('/')) errors.push(invalid(`${path}.${field}`, value, 'must be a relative path'))
      if (value.split('/').includes('..')) errors.push(invalid(`${path}.${field}`, value, "must not contain '..'"))
    }
  }
  return errors
}

function validateProbe(probe: Probe, at: string): FieldError[] {
  const errors: FieldError[] = []
  const handlers = (['exec', 'httpGet', 'tcpSocket', 'grpc'] as const).filter((kind) => probe[kind])
  if (handlers.length === 0) errors.push(required(at, 'must specify a handler type'))
  for (const extra of handlers.slice(1)) errors.push(forbidden(`${at}.${extra}`, 'may not specify more than 1 handler type'))
  for (const field of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const)
    if ((probe[field] ?? 0) < 0) errors.push(invalid(`${at}.${field}`, probe[field], 'must be greater than or equal to 0'))
  if (probe.terminationGracePeriodSeconds !== undefined && probe.terminationGracePeriodSeconds <= 0)
    errors.push(invalid(`${at}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds, 'must be greater than 0'))
  if (probe.exec && !probe.exec.command?.length) errors.push(required(`${at}.exec.command`))
  for (const kind of ['httpGet', 'tcpSocket'] as const) {
    const port = probe[kind]?.port as number | string | undefined
    if (probe[kind] && typeof port === 'number' && outside(port)) errors.push(invalid(`${at}.${kind}.port`, port, portRange))
    if (probe[kind] && typeof port === 'string' && !/^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/.test(port))
      errors.push(invalid(`${at}.${kind}.port`, port, 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'))
  }
  return errors
}

const quantityMessage = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

function validateResources(container: Container, at: string): FieldError[] {
  const errors: FieldError[] = []
  const { limits = {}, requests = {} } = container.resources ?? {}
  for (const [kind, list] of [
    ['limits', limits],
    ['requests', requests],
  ] as const) {
    for (const [name, value] of Object.entries(list)) {
      if (errors.length >= maxFieldErrors) break
      const path = `${at}.resources.${kind}[${name}]`
      const amount = parseQuantity(String(value))
      if (!name.includes('/') && !/^(cpu|memory|ephemeral-storage|hugepages-.+)$/.test(name))
        errors.push(invalid(path, name, 'must be a standard resource for containers'))
      if (amount === undefined) errors.push(invalid(path, value, quantityMessage))
      else if (amount < 0) errors.push(invalid(path, value, 'must be greater than or equal to 0'))
      const limit = own(limits, name) === undefined ? undefined : parseQuantity(String(own(limits, name)))
      if (kind === 'requests' && amount !== undefined && limit !== undefined && amount > limit)
        errors.push(invalid(`${at}.resources.requests`, value, `must be less than or equal to ${name} limit of ${limits[name]}`))
    }
  }
  return errors
}
