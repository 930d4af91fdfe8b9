import type { Volume } from '../objects.ts'
import { fieldsOfFiles, validateFieldRef, validateResourceFieldRef } from './downward-validation.ts'
import { append, eachOf, type FieldError, forbidden, invalid, required } from './field-errors.ts'
import { validateSignerName } from './formats.ts'
import { validateLabelSelector } from './label-selector-validation.ts'
import { validateLocalPath } from './path-validation.ts'

type Projected = NonNullable<Volume['projected']>
type Source = NonNullable<Projected['sources']>[number]
type Item = NonNullable<NonNullable<Volume['secret']>['items']>[number]
type DownwardFile = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number]

/** The mode of files. */
export const validateMode = (field: string, mode: number | undefined): FieldError[] =>
  mode !== undefined && (mode < 0 || mode > 0o777) ? [invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive')] : []

/** One key of a Secret or a ConfigMap that becomes a file. */
export const validateItem = (at: string, { key, path, mode }: Item): FieldError[] => [
  ...(key ? [] : [required(`${at}.key`)]),
  ...(path ? validateLocalPath(`${at}.path`, path) : [required(`${at}.path`)]),
  ...validateMode(`${at}.mode`, mode),
]

/** A field of the pod that becomes a file. `at` is the source: upstream does not say which of its items. */
export function validateDownwardFile(at: string, { path = '', fieldRef, resourceFieldRef, mode }: DownwardFile): FieldError[] {
  const errors = path === '' ? [required(`${at}.path`)] : validateLocalPath(`${at}.path`, path)
  if (fieldRef) {
    errors.push(...validateFieldRef(`${at}.fieldRef`, fieldRef, fieldsOfFiles))
    if (resourceFieldRef) errors.push(invalid(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'))
  } else if (resourceFieldRef) errors.push(...validateResourceFieldRef(`${at}.resourceFieldRef`, resourceFieldRef, true))
  else errors.push(required(at, 'one of fieldRef and resourceFieldRef is required'))
  return [...errors, ...validateMode(`${at}.mode`, mode)]
}

/** Files of several sources in one directory. */
export function validateProjected(path: string, projected: Projected | undefined): FieldError[] {
  const paths = new Set<string>()
  const twice = (file: string, named: string) => {
    if (file === '' || !paths.has(file)) {
      paths.add(file)
      return []
    }
    return [invalid(path, named, 'conflicting duplicate paths')]
  }
  return [
    ...validateMode(`${path}.defaultMode`, projected?.defaultMode),
    ...eachOf(`${path}.sources`, projected?.sources, (at, source) => {
      const errors: FieldError[] = []
      for (const kind of ['secret', 'configMap'] as const) {
        const { name = '', items } = source[kind] ?? {}
        if (!source[kind]) continue
        if (name === '') errors.push(required(`${at}.${kind}.name`))
        append(
          errors,
          eachOf(`${at}.${kind}.items`, items, (place, item) => [...validateItem(place, item), ...twice(item.path ?? '', name)]),
        )
      }
      for (const item of source.downwardAPI?.items ?? [])
        append(errors, [...validateDownwardFile(`${at}.downwardAPI`, item), ...twice(item.path ?? '', item.path)])
      if (source.serviceAccountToken) append(errors, validateToken(path, `${at}.serviceAccountToken`, source.serviceAccountToken))
      if (source.clusterTrustBundle) {
        const file = source.clusterTrustBundle.path ?? ''
        append(errors, [...validateTrustBundle(`${at}.clusterTrustBundle`, source.clusterTrustBundle), ...twice(file, file)])
      }
      if (Object.values(source).filter(Boolean).length > 1) errors.push(forbidden(at, 'may not specify more than 1 volume type per source'))
      return errors
    }),
  ]
}

// The path is told of as if it were the volume's: so upstream has it.
function validateToken(volume: string, at: string, { expirationSeconds = 3600, path }: NonNullable<Source['serviceAccountToken']>): FieldError[] {
  const errors: FieldError[] = []
  const field = `${at}.expirationSeconds`
  if (expirationSeconds < 600) errors.push(invalid(field, expirationSeconds, 'may not specify a duration less than 10 minutes'))
  if (expirationSeconds > 2 ** 32) errors.push(invalid(field, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'))
  return [...errors, ...(path ? validateLocalPath(`${volume}.path`, path) : [required(`${volume}.path`)])]
}

function validateTrustBundle(at: string, bundle: NonNullable<Source['clusterTrustBundle']>): FieldError[] {
  const { name, signerName, labelSelector, path = '' } = bundle
  const errors: FieldError[] = []
  if (name !== undefined && signerName !== undefined) errors.push(invalid(at, bundle, 'only one of name and signerName may be used'))
  else if (name !== undefined) {
    if (name === '') errors.push(required(`${at}.name`, 'must be a valid object name'))
    if (labelSelector) errors.push(invalid(`${at}.labelSelector`, labelSelector, 'labelSelector must be unset if name is specified'))
  } else if (signerName !== undefined) {
    if (signerName === '') errors.push(required(`${at}.signerName`, 'must be a valid signer name'))
    append(errors, [...validateSignerName(`${at}.signerName`, signerName), ...validateLabelSelector(`${at}.labelSelector`, labelSelector)])
  } else errors.push(required(at, 'either name or signerName must be specified'))
  return [...errors, ...(path === '' ? [required(`${at}.path`)] : validateLocalPath(`${at}.path`, path))]
}
