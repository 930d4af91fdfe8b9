import type { Container, Volume } from '../objects.ts'
import { eachOf, type FieldError, forbidden, invalid, notFound, notSupported, required } from './field-errors.ts'
import { validateDescendingPath, validateNoBacksteps } from './path-validation.ts'

const propagations = ['None', 'HostToContainer', 'Bidirectional']
const recursions = ['Disabled', 'Enabled', 'IfPossible']

type Mount = NonNullable<Container['volumeMounts']>[number]
type Volumes = ReadonlyMap<string, Volume>

/** Where the volumes of the pod are seen in a container. */
export function validateMounts(path: string, container: Container, volumes: Volumes): FieldError[] {
  const paths = new Set<string>()
  const devices = new Set((container.volumeDevices ?? []).map(({ name }) => name))
  const devicePaths = new Set((container.volumeDevices ?? []).map(({ devicePath }) => devicePath))
  return eachOf(path, container.volumeMounts, (at, mount) => {
    const { name = '', mountPath = '', subPath, subPathExpr } = mount
    const errors: FieldError[] = []
    if (name === '') errors.push(required(`${at}.name`))
    if (!volumes.has(name)) errors.push(notFound(`${at}.name`, name))
    if (mountPath === '') errors.push(required(`${at}.mountPath`))
    if (paths.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'))
    paths.add(mountPath)
    if (devices.has(name)) errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeDevices'))
    if (devicePaths.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'))
    // Upstream names these fields of the list, not of its item.
    if (subPath) errors.push(...validateDescendingPath(`${path}.subPath`, subPath))
    if (subPathExpr) {
      if (subPath) errors.push(invalid(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'))
      errors.push(...validateDescendingPath(`${path}.subPathExpr`, subPathExpr))
    }
    return [...errors, ...validatePropagation(path, mount, container), ...validateRecursion(path, mount)]
  })
}

function validatePropagation(path: string, { mountPropagation }: Mount, { securityContext }: Container): FieldError[] {
  if (mountPropagation === undefined) return []
  const field = `${path}.mountPropagation`
  if (!propagations.includes(mountPropagation)) return [notSupported(field, mountPropagation, propagations)]
  return mountPropagation === 'Bidirectional' && securityContext?.privileged !== true
    ? [forbidden(field, 'Bidirectional mount propagation is available only to privileged containers')]
    : []
}

function validateRecursion(path: string, { recursiveReadOnly, readOnly, mountPropagation }: Mount): FieldError[] {
  const field = `${path}.recursiveReadOnly`
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return []
  if (!recursions.includes(recursiveReadOnly)) return [notSupported(field, recursiveReadOnly, recursions)]
  const errors = readOnly === true ? [] : [forbidden(field, 'may only be specified when readOnly is true')]
  if (mountPropagation !== undefined && mountPropagation !== 'None')
    errors.push(forbidden(field, 'may only be specified when mountPropagation is None or not specified'))
  return errors
}

/** Volumes that a container sees as block devices: claims only. */
export function validateDevices(path: string, container: Container, volumes: Volumes): FieldError[] {
  const [names, paths] = [new Set<string>(), new Set<string>()]
  const mounts = new Set((container.volumeMounts ?? []).map(({ name }) => name))
  const mountPaths = new Set((container.volumeMounts ?? []).map(({ mountPath }) => mountPath))
  return eachOf(path, container.volumeDevices, (at, { name = '', devicePath = '' }) => {
    const errors: FieldError[] = []
    const volume = volumes.get(name)
    if (name === '') errors.push(required(`${at}.name`))
    if (names.has(name)) errors.push(invalid(`${at}.name`, name, 'must be unique'))
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral)
      errors.push(invalid(`${at}.name`, name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'))
    if (!volume) errors.push(notFound(`${at}.name`, name))
    if (devicePath === '') errors.push(required(`${at}.devicePath`))
    if (paths.has(devicePath)) errors.push(invalid(`${at}.devicePath`, devicePath, 'must be unique'))
    if (validateNoBacksteps('', devicePath).length > 0) errors.push(invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"))
    else paths.add(devicePath)
    if (mounts.has(name)) errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeMounts'))
    if (mountPaths.has(devicePath)) errors.push(invalid(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts'))
    if (name !== '') names.add(name)
    return errors
  })
}
