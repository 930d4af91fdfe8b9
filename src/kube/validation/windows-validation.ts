import type { Container } from '../objects.ts'
import { type FieldError, invalid } from './field-errors.ts'
import { validateName } from './names.ts'

type Options = NonNullable<NonNullable<Container['securityContext']>['windowsOptions']>

const longestSpec = 64 * 1024
const longestDomain = 256
const longestUser = 104
const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
const dns = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/
const notInUsers = /["/\\:;|=,+*?<>@[\]]/

/** The mistakes of what Windows alone knows of a security context. */
export function validateWindowsOptions(path: string, options: Options | undefined): FieldError[] {
  if (!options) return []
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options
  const errors = gmsaCredentialSpecName === undefined ? [] : validateName(`${path}.gmsaCredentialSpecName`, gmsaCredentialSpecName, 'subdomain')
  const spec = `${path}.gmsaCredentialSpec`
  if (gmsaCredentialSpec === '') errors.push(invalid(spec, '', 'gmsaCredentialSpec cannot be an empty string'))
  if (gmsaCredentialSpec !== undefined && gmsaCredentialSpec.length > longestSpec)
    errors.push(invalid(spec, gmsaCredentialSpec, 'gmsaCredentialSpec size must be under 64 KiB'))
  if (runAsUserName !== undefined)
    errors.push(...userFaults(runAsUserName).map((fault) => invalid(`${path}.runAsUserName`, runAsUserName, `runAsUserName${fault}`)))
  return errors
}

function userFaults(name: string): string[] {
  if (name === '') return [' cannot be an empty string']
  if ([...name].some((sign) => sign < ' ' || sign === '\u007f')) return [' cannot contain control characters']
  const parts = name.split('\\')
  if (parts.length > 2) return [' cannot contain more than one backslash']
  const [domain, user = ''] = parts.length === 2 ? parts : [undefined, parts[0]]
  const faults: string[] = []
  if ((domain?.length ?? 0) >= longestDomain) faults.push(`'s Domain length must be under ${longestDomain} characters`)
  if (domain !== undefined && !netBios.test(domain) && !dns.test(domain)) faults.push("'s Domain doesn't match the NetBios nor the DNS format")
  if (user === '') faults.push("'s User cannot be empty")
  else if (user.length > longestUser) faults.push(`'s User length must not be longer than ${longestUser} characters`)
  if (/^[. ]+$/.test(user)) faults.push("'s User cannot contain only periods or spaces")
  if (notInUsers.test(user)) faults.push(`'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]`)
  return faults
}
