import { assertNever } from '../../base/assert-never.ts'
import type { Volume } from '../objects.ts'
import { parseQuantity } from '../quantity.ts'
import { append, duplicate, eachOf, type FieldError, forbidden, invalid, maxFieldErrors, notSupported, required } from './field-errors.ts'
import { validateDriverName } from './formats.ts'
import { validateName } from './names.ts'
import { validateDescendingPath, validateNoBacksteps } from './path-validation.ts'
import { validateDownwardFile, validateItem, validateMode, validateProjected } from './projected-volume-validation.ts'

/** Checks the volumes of a pod and adds the good ones to `known`. `podName`: of a pod, not of a template. */
export function validateVolumes(volumes: readonly Volume[], path: string, known: Map<string, Volume>, podName?: string): FieldError[] {
  const errors: FieldError[] = []
  // The claims that are made for the pod's own volumes are nobody else's.
  const made = new Set(podName ? volumes.filter(({ ephemeral }) => ephemeral).map(({ name }) => `${podName}-${name}`) : [])
  for (const [index, volume] of volumes.entries()) {
    if (errors.length >= maxFieldErrors) break
    const at = `${path}[${index}]`
    const faults = validateSources(at, volume)
    if (volume.ephemeral && podName && volume.name) faults.push(...validateMadeClaim(`${at}.name`, volume.name, `${podName}-${volume.name}`))
    faults.push(...(volume.name ? validateName(`${at}.name`, volume.name, 'label') : [required(`${at}.name`)]))
    if (known.has(volume.name)) faults.push(duplicate(`${at}.name`, volume.name))
    if (faults.length === 0) known.set(volume.name, volume)
    append(errors, faults)
    const claim = volume.persistentVolumeClaim?.claimName ?? ''
    if (made.has(claim))
      errors.push(invalid(`${at}.persistentVolumeClaim.claimName`, claim, 'must not reference a PVC that gets created for an ephemeral volume'))
  }
  return errors
}

const validateMadeClaim = (field: string, name: string, claim: string): FieldError[] =>
  validateName('', claim, 'subdomain').map(({ message }) =>
    invalid(field, name, `PVC name ${JSON.stringify(claim)}: ${message.slice(message.indexOf(': ', 17) + 2)}`),
  )

// In the order that upstream looks: the first is checked, others are too many.
const checked = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'secret',
  'nfs',
  'persistentVolumeClaim',
  'downwardAPI',
  'configMap',
  'projected',
  'csi',
  'ephemeral',
  'image',
] as const
type Checked = (typeof checked)[number]
const isChecked = (source: string): source is Checked => (checked as readonly string[]).includes(source)
const rank = (source: string) => (isChecked(source) ? checked.indexOf(source) : checked.length)

function validateSources(at: string, volume: Volume): FieldError[] {
  const given = Object.entries(volume)
    .filter(([key, value]) => key !== 'name' && value !== undefined && value !== null)
    .map(([key]) => key)
    .sort((a, b) => rank(a) - rank(b))
  const [first, ...more] = given
  if (first === undefined) return [required(at, 'must specify a volume type')]
  return [
    ...(isChecked(first) ? validateSource(`${at}.${first}`, first, volume) : []),
    ...more.map((extra) => forbidden(`${at}.${extra}`, 'may not specify more than 1 volume type')),
  ]
}

const hostPathTypes = ['', 'DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice']
const pullPolicies = ['Always', 'IfNotPresent', 'Never']
const isMissing = (field: string, value: string | undefined): FieldError[] => (value ? [] : [required(field)])

function validateSource(at: string, kind: Checked, volume: Volume): FieldError[] {
  switch (kind) {
    case 'emptyDir': {
      const size = volume.emptyDir?.sizeLimit
      const isBad = size !== undefined && (parseQuantity(String(size)) ?? -1n) < 0n
      return isBad ? [forbidden(`${at}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')] : []
    }
    case 'hostPath': {
      const { path, type = '' } = volume.hostPath ?? {}
      if (!path) return [required(`${at}.path`)]
      return [...validateNoBacksteps(`${at}.path`, path), ...(hostPathTypes.includes(type) ? [] : [notSupported(`${at}.type`, type, hostPathTypes)])]
    }
    case 'gitRepo':
      return [...isMissing(`${at}.repository`, volume.gitRepo?.repository), ...validateDescendingPath(`${at}.directory`, volume.gitRepo?.directory ?? '')]
    case 'nfs': {
      const { server, path = '' } = volume.nfs ?? {}
      return [
        ...isMissing(`${at}.server`, server),
        ...isMissing(`${at}.path`, path),
        ...(path.startsWith('/') ? [] : [invalid(`${at}.path`, path, 'must be an absolute path')]),
      ]
    }
    case 'persistentVolumeClaim':
      return isMissing(`${at}.claimName`, volume.persistentVolumeClaim?.claimName)
    case 'secret':
      return [...isMissing(`${at}.secretName`, volume.secret?.secretName), ...validateFiles(at, volume.secret)]
    case 'configMap':
      return [...isMissing(`${at}.name`, volume.configMap?.name), ...validateFiles(at, volume.configMap)]
    case 'downwardAPI':
      return [
        ...validateMode(`${at}.defaultMode`, volume.downwardAPI?.defaultMode),
        ...(volume.downwardAPI?.items ?? []).flatMap((item) => validateDownwardFile(at, item)),
      ]
    case 'projected':
      return validateProjected(at, volume.projected)
    case 'csi':
      return [
        ...validateDriverName(`${at}.driver`, volume.csi?.driver ?? ''),
        ...(volume.csi?.nodePublishSecretRef ? isMissing(`${at}.nodePublishSecretRef.name`, volume.csi.nodePublishSecretRef.name) : []),
      ]
    case 'ephemeral':
      return volume.ephemeral?.volumeClaimTemplate ? [] : [required(`${at}.volumeClaimTemplate`)]
    case 'image': {
      const { reference, pullPolicy = '' } = volume.image ?? {}
      return [
        ...isMissing(`${at}.reference`, reference),
        ...(pullPolicies.includes(pullPolicy) ? [] : [notSupported(`${at}.pullPolicy`, pullPolicy, pullPolicies)]),
      ]
    }
    default:
      return assertNever(kind)
  }
}

const validateFiles = (at: string, source: Volume['secret'] | Volume['configMap']): FieldError[] => [
  ...validateMode(`${at}.defaultMode`, source?.defaultMode),
  ...eachOf(`${at}.items`, source?.items, validateItem),
]
