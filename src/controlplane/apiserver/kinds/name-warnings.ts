import { validateName } from '../../../kube/validation/names.ts'

/** Of kinds whose pods are called after them: a name that is no label is taken, with a warning. */
export function nameWarnings(name = ''): string[] {
  const faults = validateName('', name, 'label').map(({ message }) => message.slice(message.indexOf(': ', 'Invalid value: '.length) + 2))
  return faults.length === 0
    ? []
    : [`metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${faults.join(' ')}]`]
}
