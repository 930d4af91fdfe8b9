import { validateDefinition } from '../../custom/crd-validation.ts'
import { type CustomResourceDefinition, cleanupFinalizer, crdPrefix, storageVersionOf, withCondition } from '../../custom/custom-resource-definition.ts'
import { isKnownFormat } from '../../custom/schema/formats.ts'
import { itemsOf, schemasIn } from '../../custom/schema/json-schema.ts'
import { timestamp } from '../../rest/object-meta.ts'
import { column, printer } from '../../table/columns.ts'
import { nameOf } from '../../table/generic.ts'
import { bySpec } from '../generation.ts'
import { defineKind, statusSubresource } from '../kind.ts'

const kind = 'CustomResourceDefinition'

/** apiextensions.k8s.io/v1 CustomResourceDefinition: each makes a kind of its own, served by `custom/`. */
export const customResourceDefinitions = defineKind<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  resource: 'customresourcedefinitions',
  kind,
  namespaced: false,
  storagePrefix: crdPrefix,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  subresources: [statusSubresource(kind)],
  generation: bySpec,
  printer: printer<CustomResourceDefinition>([column('Name'), { ...column('Created At'), type: 'date' }], (crd) => [
    nameOf(crd),
    crd.metadata?.creationTimestamp ?? '',
  ]),
  defaults(crd) {
    // A body without these is refused by their names.
    const spec = { ...crd.spec }
    const { kind: name = '', singular, listKind } = spec.names ?? {}
    crd.spec = {
      ...spec,
      conversion: spec.conversion ?? { strategy: 'None' },
      names: { ...spec.names, singular: singular || name.toLowerCase(), ...((listKind || name) && { listKind: listKind || `${name}List` }) },
    }
    const service = crd.spec.conversion?.webhook?.clientConfig?.service
    if (service && service.port === undefined) Object.assign(service, { port: 443 })
    for (const version of crd.spec.versions ?? []) Object.assign(version, { served: version.served ?? false, storage: version.storage ?? false })
  },
  prepareCreate(crd) {
    crd.status = { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: null }
    noteStoredVersion(crd)
  },
  prepareUpdate(crd, _previous, subresource) {
    if (subresource === undefined) noteStoredVersion(crd)
  },
  prepareDelete(crd, now) {
    const finalizers = crd.metadata?.finalizers ?? []
    if (!finalizers.includes(cleanupFinalizer)) crd.metadata = { ...crd.metadata, finalizers: [...finalizers, cleanupFinalizer] }
    const message = 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon'
    const condition = { type: 'Terminating', status: 'True', reason: 'InstanceDeletionPending', message }
    crd.status = { ...crd.status, conditions: withCondition(crd.status?.conditions, condition, timestamp(now)) }
  },
  validate: (crd, previous) => validateDefinition(crd, previous),
  warnings(crd, previous, subresource) {
    if (subresource !== undefined) return []
    const before = new Set(previous ? warningsOf(previous) : [])
    return warningsOf(crd).filter((text) => !before.has(text))
  },
})

/** The version that objects are stored in from now on is among those that there may be objects of. */
function noteStoredVersion(crd: CustomResourceDefinition): void {
  const name = storageVersionOf({ ...crd.spec, versions: crd.spec.versions ?? [] })?.name
  const stored = crd.status?.storedVersions ?? []
  if (name !== undefined && !stored.includes(name)) crd.status = { ...crd.status, storedVersions: [...stored, name] }
}

function warningsOf({ spec }: CustomResourceDefinition): string[] {
  const formats: string[] = []
  const sets = new Set<string>()
  const schemas = (spec.versions ?? []).flatMap(({ schema }) => (schema?.openAPIV3Schema ? [schema.openAPIV3Schema] : []))
  for (const root of schemas)
    for (const schema of schemasIn(root)) {
      if (schema.format && !isKnownFormat(schema.type, schema.format)) formats.push(`unrecognized format ${JSON.stringify(schema.format)}`)
      const type = itemsOf(schema)?.type
      if (schema['x-kubernetes-list-type'] === 'set' && (type === 'object' || type === 'array'))
        sets.add(`x-kubernetes-list-type: set for items of type ${JSON.stringify(type)} is not supported by server-side apply or CEL validation rules`)
    }
  return [...new Set(formats), ...[...sets].sort()]
}
