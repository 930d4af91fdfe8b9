import { isDeepStrictEqual } from 'node:util'
import { type CrdCondition, type CustomResourceDefinition, conditionOf, type Names } from '../../apiserver/custom/custom-resource-definition.ts'

type Finding = Omit<CrdCondition, 'lastTransitionTime'>

export interface AcceptedNames {
  readonly acceptedNames: Names
  readonly namesAccepted: Finding
}

/** Which of the names that a definition asks for it gets: those that no other of its group has already (apiextensions' NamingConditionController). */
export function acceptNames(crd: CustomResourceDefinition, others: Iterable<CustomResourceDefinition>): AcceptedNames {
  const wanted = crd.spec.names
  const before: Names = crd.status?.acceptedNames ?? { plural: '', kind: '' }
  const taken = takenNames(crd, others)
  const next: { -readonly [Key in keyof Names]: Names[Key] } = { ...before }
  let refusal: Finding | undefined
  const take = (field: 'plural' | 'singular' | 'kind' | 'listKind', used: ReadonlySet<string>, reason: string) => {
    const name = wanted[field] ?? ''
    if (name !== (before[field] ?? '') && used.has(name)) refusal = refused(reason, inUse(name))
    else next[field] = name
  }
  take('plural', taken.resources, 'PluralConflict')
  take('singular', taken.resources, 'SingularConflict')
  const short = wanted.shortNames ?? []
  const clashes = short.filter((name) => !before.shortNames?.includes(name) && taken.resources.has(name)).map(inUse)
  if (clashes.length > 0) refusal = refused('ShortNamesConflict', clashes.length === 1 ? (clashes[0] ?? '') : `[${clashes.join(', ')}]`)
  else if (short.length > 0) next.shortNames = short
  else delete next.shortNames
  take('kind', taken.kinds, 'KindConflict')
  take('listKind', taken.kinds, 'ListKindConflict')
  if (wanted.categories?.length) next.categories = wanted.categories
  else delete next.categories
  const accepted = { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
  return { acceptedNames: next, namesAccepted: refusal ?? accepted }
}

const inUse = (name: string) => `${JSON.stringify(name)} is already in use`
const refused = (reason: string, message: string): Finding => ({ type: 'NamesAccepted', status: 'False', reason, message })

function takenNames(crd: CustomResourceDefinition, others: Iterable<CustomResourceDefinition>) {
  const resources = new Set<string>()
  const kinds = new Set<string>()
  for (const other of others) {
    const names = other.status?.acceptedNames
    if (!names || other.spec.group !== crd.spec.group || other.metadata?.name === crd.metadata?.name) continue
    for (const name of [names.plural, names.singular, ...(names.shortNames ?? [])]) if (name) resources.add(name)
    for (const name of [names.kind, names.listKind]) if (name) kinds.add(name)
  }
  return { resources, kinds }
}

/** Whether a definition is served: once it is, it stays so. */
export function establish(crd: CustomResourceDefinition, namesAccepted: Finding, caFault: string | undefined): Finding {
  const old = conditionOf(crd, 'Established')
  if (old?.status === 'True') return { type: old.type, status: old.status, reason: old.reason, message: old.message }
  const not = { type: 'Established', status: 'False' }
  if (namesAccepted.status !== 'True') return old ?? { ...not, reason: 'NotAccepted', message: 'not all names are accepted' }
  if (caFault !== undefined) return { ...not, reason: 'InvalidCABundle', message: 'The conversion webhook CABundle is invalid' }
  return { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' }
}

/** Whether two definitions get and ask for the same names. */
export const sameNames = (a: CustomResourceDefinition, b: CustomResourceDefinition): boolean =>
  isDeepStrictEqual(a.status?.acceptedNames, b.status?.acceptedNames)
