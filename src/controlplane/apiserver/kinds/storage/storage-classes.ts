import { isDeepStrictEqual } from 'node:util'
import type * as client from '@kubernetes/client-node'
import { duplicate, eachOf, type FieldError, immutable, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { validateQualifiedName } from '../../../../kube/validation/names.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { deprecatedLabel } from '../deprecated-labels.ts'
import type { Given, GivenPart } from '../given.ts'
import { defineKind } from '../kind.ts'
import { unchanged, validateParameters, validateProvisioner } from './class-validation.ts'

export type StorageClass = Given<client.V1StorageClass>
type Term = GivenPart<client.V1TopologySelectorTerm>

const defaultAnnotations = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']

/** Whether claims without a class get this one. */
export const isDefaultClass = ({ metadata }: StorageClass): boolean => defaultAnnotations.some((key) => metadata?.annotations?.[key] === 'true')

/** storage.k8s.io/v1 StorageClass. */
export const storageClasses = defineKind<StorageClass>({
  group: 'storage.k8s.io',
  resource: 'storageclasses',
  kind: 'StorageClass',
  namespaced: false,
  shortNames: ['sc'],
  returnsDeleted: true,
  printer: printer<StorageClass>(columns(['Name', 'Provisioner', 'ReclaimPolicy', 'VolumeBindingMode', 'AllowVolumeExpansion', 'Age']), (object, now) => [
    `${nameOf(object)}${isDefaultClass(object) ? ' (default)' : ''}`,
    object.provisioner ?? '',
    object.reclaimPolicy ?? 'Delete',
    object.volumeBindingMode ?? 'Immediate',
    object.allowVolumeExpansion ?? false,
    ageOf(object, now),
  ]),
  defaults(object) {
    object.provisioner ??= ''
    object.reclaimPolicy ??= 'Delete'
    object.volumeBindingMode ??= 'Immediate'
  },
  validate(object, previous) {
    if (previous) return []
    const { provisioner = '', parameters, reclaimPolicy, volumeBindingMode = '', allowedTopologies } = object
    const errors = [...validateProvisioner('provisioner', provisioner), ...validateParameters(parameters)]
    if (reclaimPolicy && !['Delete', 'Retain'].includes(reclaimPolicy)) errors.push(notSupported('reclaimPolicy', reclaimPolicy, ['Delete', 'Retain']))
    const modes = ['Immediate', 'WaitForFirstConsumer']
    if (!modes.includes(volumeBindingMode)) errors.push(notSupported('volumeBindingMode', volumeBindingMode, modes))
    return [...errors, ...eachOf('allowedTopologies', allowedTopologies, (at, term, index) => validateTerm(at, term, allowedTopologies?.slice(0, index) ?? []))]
  },
  validateUpdate: (next, previous) => [
    ...unchanged('parameters', isDeepStrictEqual(next.parameters, previous.parameters)),
    ...unchanged('provisioner', next.provisioner === previous.provisioner),
    ...unchanged('reclaimPolicy', next.reclaimPolicy === previous.reclaimPolicy),
    ...immutable('volumeBindingMode', next.volumeBindingMode, previous.volumeBindingMode),
  ],
  warnings: ({ allowedTopologies = [] }) =>
    allowedTopologies.flatMap(({ matchLabelExpressions = [] }, index) =>
      matchLabelExpressions.flatMap(({ key = '' }, place) => deprecatedLabel(`allowedTopologies[${index}].matchLabelExpressions[${place}].key`, key)),
    ),
})

function validateTerm(at: string, { matchLabelExpressions = [] }: Term, before: readonly Term[]): FieldError[] {
  const path = `${at}.matchLabelExpressions`
  const keys = new Set<string>()
  const errors = eachOf(path, matchLabelExpressions, (place, { key = '', values = [] }) => {
    const seen = new Set<string>()
    const found = values.length === 0 ? [required(`${place}.values`)] : []
    for (const [index, value] of values.entries()) {
      if (seen.has(value)) found.push(duplicate(`${place}.values[${index}]`, value))
      seen.add(value)
    }
    found.push(...validateQualifiedName(`${place}.key`, key))
    if (keys.has(key)) found.push(duplicate(`${place}.key`, key))
    keys.add(key)
    return found
  })
  const own = setsOf(matchLabelExpressions)
  return before.some((term) => isDeepStrictEqual(setsOf(term.matchLabelExpressions ?? []), own)) ? [...errors, duplicate(path, '')] : errors
}

const setsOf = (expressions: NonNullable<Term['matchLabelExpressions']>) => new Map(expressions.map(({ key, values }) => [key, new Set(values)]))
