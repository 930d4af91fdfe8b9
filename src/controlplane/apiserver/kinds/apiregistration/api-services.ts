import type { V1APIService } from '@kubernetes/client-node'
import { eachOf, type FieldError, invalid, notSupportedInOrder, required } from '../../../../kube/validation/field-errors.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import type { Given } from '../given.ts'
import { defineKind, statusSubresource } from '../kind.ts'

export type APIService = Given<V1APIService>

const local = { status: 'True', reason: 'Local', message: 'Local APIServices are always available' }
const portRange = 'must be between 1 and 65535, inclusive'

function availableText({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available')
  if (!condition) return 'Unknown'
  const { status: is = 'Unknown', reason } = condition
  return is !== 'True' && reason ? `${is} (${reason})` : is
}

/** apiregistration.k8s.io/v1 APIService. */
export const apiServices = defineKind<APIService>({
  group: 'apiregistration.k8s.io',
  resource: 'apiservices',
  kind: 'APIService',
  namespaced: false,
  categories: ['api-extensions'],
  nameRule: 'any',
  subresources: [statusSubresource('APIService')],
  printer: printer<APIService>(columns(['Name', 'Service', 'Available', 'Age']), (service, now) => [
    nameOf(service),
    service.spec?.service ? `${service.spec.service.namespace ?? ''}/${service.spec.service.name ?? ''}` : 'Local',
    availableText(service),
    ageOf(service, now),
  ]),
  defaults(service) {
    service.spec ??= {}
    service.spec.groupPriorityMinimum ??= 0
    service.spec.versionPriority ??= 0
    if (service.spec.service) service.spec.service.port ??= 443
    service.status ??= {}
  },
  prepareCreate(service) {
    const lastTransitionTime = service.metadata?.creationTimestamp
    // Of another server it is found out whether it answers.
    service.status = service.spec?.service ? {} : { conditions: [{ type: 'Available', ...local, lastTransitionTime }] }
  },
  validate: validateAPIService,
  validateUpdate({ status }, _previous, subresource) {
    if (subresource !== 'status') return []
    const words = ['True', 'False', 'Unknown']
    return eachOf('status.conditions', status?.conditions, (at, { status: is = '' }) =>
      words.includes(is) ? [] : [notSupportedInOrder(`${at}.status`, is, words)],
    )
  },
})

function validateAPIService({ metadata, spec = {} }: APIService): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum: group20k = 0, versionPriority = 0, service, caBundle, insecureSkipTLSVerify } = spec
  const name = metadata?.name ?? ''
  const errors: FieldError[] = []
  const wanted = `${version}.${group}`
  if (name !== '' && name !== wanted) errors.push(invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`))
  if (group === '' && version !== 'v1') errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'))
  if (group !== '') errors.push(...validateName('spec.group', group, 'subdomain'))
  errors.push(...validateName('spec.version', version, 'service'))
  if (group20k <= 0 || group20k > 20_000) errors.push(invalid('spec.groupPriorityMinimum', group20k, 'must be positive and less than 20000'))
  if (versionPriority <= 0 || versionPriority > 1000) errors.push(invalid('spec.versionPriority', versionPriority, 'must be positive and less than 1000'))
  if (!service) {
    const bytes = Buffer.byteLength(caBundle ?? '', 'base64')
    if (bytes > 0) errors.push(invalid('spec.caBundle', `${bytes} bytes`, 'local APIServices may not have a caBundle'))
    if (insecureSkipTLSVerify) errors.push(invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'))
    return errors
  }
  const { port = 443 } = service
  if (!service.namespace) errors.push(required('spec.service.namespace'))
  if (!service.name) errors.push(required('spec.service.name'))
  if (port < 1 || port > 65535) errors.push(invalid('spec.service.port', port, `port is not valid: ${portRange}`))
  if (insecureSkipTLSVerify && caBundle) errors.push(invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'))
  return errors
}
