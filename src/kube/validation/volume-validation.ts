import type { Volume } from '../objects.ts'
import { parseQuantity } from '../quantity.ts'
import { append, duplicate, type FieldError, forbidden, invalid, maxFieldErrors, notSupported, required } from './field-errors.ts'
import { validateName } from './names.ts'

const hostPathTypes = ['', 'DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice']
const climbs = (path: string) => path.split('/').includes('..')

/** Checks the volumes of a pod and adds the good names to `names`. */
export function validateVolumes(volumes: readonly Volume[], path: string, names: Set<string>): FieldError[] {
  const errors: FieldError[] = []
  for (const [index, volume] of volumes.entries()) {
    if (errors.length >= maxFieldErrors) break
    const at = `${path}[${index}]`
    if (!volume.name) errors.push(required(`${at}.name`))
    else {
      const nameErrors = validateName(`${at}.name`, volume.name, 'label')
      if (names.has(volume.name)) nameErrors.push(duplicate(`${at}.name`, volume.name))
      append(errors, nameErrors)
      names.add(volume.name)
    }
    const sources = Object.entries(volume).filter(([key, value]) => key !== 'name' && value !== undefined && value !== null)
    if (sources.length === 0) errors.push(required(at, 'must specify a volume type'))
    for (const [extra] of sources.slice(1)) errors.push(forbidden(`${at}.${extra}`, 'may not specify more than 1 volume type'))
    append(errors, validateSource(volume, at))
  }
  return errors
}

function validateSource(volume: Volume, at: string): FieldError[] {
  const errors: FieldError[] = []
  if (volume.hostPath) {
    if (!volume.hostPath.path) errors.push(required(`${at}.hostPath.path`))
    else if (climbs(volume.hostPath.path)) errors.push(invalid(`${at}.hostPath.path`, volume.hostPath.path, "must not contain '..'"))
    if (!hostPathTypes.includes(volume.hostPath.type ?? '')) errors.push(notSupported(`${at}.hostPath.type`, volume.hostPath.type, hostPathTypes))
  }
  if (volume.configMap && !volume.configMap.name) errors.push(required(`${at}.configMap.name`))
  if (volume.secret && !volume.secret.secretName) errors.push(required(`${at}.secret.secretName`))
  if (volume.persistentVolumeClaim && !volume.persistentVolumeClaim.claimName) errors.push(required(`${at}.persistentVolumeClaim.claimName`))
  const size = volume.emptyDir?.sizeLimit
  if (size !== undefined && parseQuantity(String(size)) === undefined) errors.push(invalid(`${at}.emptyDir.sizeLimit`, size, 'must be a quantity'))
  for (const [kind, source] of [
    ['configMap', volume.configMap],
    ['secret', volume.secret],
    ['downwardAPI', volume.downwardAPI],
  ] as const) {
    if (!source) continue
    append(errors, validateMode(`${at}.${kind}.defaultMode`, source.defaultMode))
    for (const [index, item] of ((source.items ?? []) as { key?: string; path: string; mode?: number }[]).entries()) {
      if (errors.length >= maxFieldErrors) break
      const path = `${at}.${kind}.items[${index}]`
      if (kind !== 'downwardAPI' && !item.key) errors.push(required(`${path}.key`))
      if (!item.path) errors.push(required(`${path}.path`))
      else append(errors, validateItemPath(`${path}.path`, item.path))
      append(errors, validateMode(`${path}.mode`, item.mode))
    }
  }
  return errors
}

const validateMode = (field: string, mode: number | undefined): FieldError[] =>
  mode !== undefined && (mode < 0 || mode > 0o777) ? [invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive')] : []

function validateItemPath(field: string, path: string): FieldError[] {
  if (path.startsWith('/')) return [invalid(field, path, 'must be a relative path')]
  if (climbs(path)) return [invalid(field, path, "must not contain '..'")]
  return path.startsWith('..') ? [invalid(field, path, "must not start with '..'")] : []
}
