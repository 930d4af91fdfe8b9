import { type FieldError, invalid } from './field-errors.ts'

const climbs = (path: string) => path.split('/').includes('..')

/** A path that does not climb. */
export const validateNoBacksteps = (field: string, path: string): FieldError[] => (climbs(path) ? [invalid(field, path, "must not contain '..'")] : [])

/** A path below some directory. */
export const validateDescendingPath = (field: string, path: string): FieldError[] => [
  ...(path.startsWith('/') ? [invalid(field, path, 'must be a relative path')] : []),
  ...validateNoBacksteps(field, path),
]

/** As that, and no name that the kubelet has for itself in the directories it fills. */
export function validateLocalPath(field: string, path: string): FieldError[] {
  const errors = validateDescendingPath(field, path)
  if (path.startsWith('..') && !path.startsWith('../')) errors.push(invalid(field, path, "must not start with '..'"))
  return errors
}
