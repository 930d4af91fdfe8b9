import { validateName } from '../../../kube/validation/names.ts'

/** Why a text is no DNS-1035 label, as the names of kinds and of versions must be; undefined for one that is. */
export function dnsLabelProblem(text: string): string | undefined {
  const problems = validateName('', text, 'service').map(({ message }) => message.slice(`Invalid value: ${JSON.stringify(text)}: `.length))
  return problems.length > 0 ? problems.join(',') : undefined
}
