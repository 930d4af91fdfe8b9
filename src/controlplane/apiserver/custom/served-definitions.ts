import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../../kube/objects.ts'
import { compareVersions } from '../discovery/priorities.ts'
import { storedVerbs } from '../discovery/served.ts'
import type { ResourceDefinition, SubresourceDefinition } from '../resource.ts'
import { knownFinalizers } from '../rest/object-meta.ts'
import { notAllowedWhile } from '../rest/status-errors.ts'
import type { Converter } from './conversion.ts'
import { type CustomResourceDefinition, type CustomVersion, isConditionTrue } from './custom-resource-definition.ts'
import { decodeCustom } from './decode.ts'
import { findAll, parseJsonPath } from './json-path.ts'
import type { Lifetime } from './lifetime.ts'
import { printerOf } from './printer.ts'
import { namesOfPath, valueAt } from './scale.ts'
import { applyDefaults } from './schema/defaulting.ts'
import { modelOfSchema } from './schema/model.ts'
import { validationOf } from './validation.ts'

type Whole = KubeObject & Record<string, unknown>

/** What all versions of a custom kind share. */
export interface ServedWith {
  readonly lifetime: Lifetime
  readonly converter: Converter
}

/** The served versions of an established custom kind, as they are listed; each is served as a built-in kind is. */
export function definitionsOf(crd: CustomResourceDefinition, shared: ServedWith): ResourceDefinition[] {
  return crd.spec.versions
    .filter(({ served }) => served)
    .sort((a, b) => compareVersions(a.name, b.name))
    .map((version) => definitionOf(crd, version, shared))
}

function definitionOf(crd: CustomResourceDefinition, version: CustomVersion, { lifetime, converter }: ServedWith): ResourceDefinition {
  const { spec, status } = crd
  const names = { ...spec.names, ...status?.acceptedNames }
  const { kind, plural } = names
  const schema = version.schema?.openAPIV3Schema
  const hasStatus = version.subresources?.status !== undefined
  const terminating = isConditionTrue(crd, 'Terminating')
  const rules = validationOf(version)
  let model: ReturnType<typeof modelOfSchema> | undefined
  return {
    group: spec.group,
    version: version.name,
    resource: plural,
    singular: names.singular ?? kind.toLowerCase(),
    kind,
    ...(names.listKind && { listKind: names.listKind }),
    namespaced: spec.scope === 'Namespaced',
    verbs: storedVerbs,
    ...(names.shortNames?.length && { shortNames: names.shortNames }),
    ...(names.categories?.length && { categories: names.categories }),
    subresources: subresourcesOf(version, kind),
    storagePrefix: `${spec.group}/${plural}`,
    // Made when somebody owns a field, and kept.
    get model() {
      model ??= modelOfSchema(kind, schema)
      return model
    },
    ...(schema && { schema }),
    decode: (object, strict) => decodeCustom(object, schema, strict),
    nameRule: 'subdomain',
    toStorage: (object) => converter.toStorage(object),
    fromStorage: (object) => converter.fromStorage(object, version.name),
    ...(converter.settle && { settle: () => converter.settle?.(version.name) ?? Promise.resolve() }),
    fields: selectableFieldsOf(version),
    defaults: (object) => replaceFields(object as Whole, applyDefaults(object, schema) as Whole),
    prepareCreate(object) {
      if (terminating) throw notAllowedWhile('create', 'custom resource definition is terminating')
      if (hasStatus) delete (object as Whole).status
    },
    prepareUpdate(next, previous, subresource) {
      if (subresource === 'status') keepAllButStatus(next as Whole, previous as Whole)
      else if (hasStatus) keepField(next as Whole, previous as Whole, 'status')
    },
    generation: (next, previous) => !isDeepStrictEqual(wishOf(next, hasStatus), wishOf(previous, hasStatus)),
    validate: (object, previous) => (previous ? [] : rules.create(object)),
    validateUpdate: rules.update,
    warnings: (next, previous, subresource) => (subresource === 'status' ? [] : finalizerWarnings(next, previous)),
    ...(version.deprecated && { deprecation: version.deprecationWarning ?? `${spec.group}/${version.name} ${kind} is deprecated` }),
    lifetime,
    printer: printerOf(version.additionalPrinterColumns),
  }
}

/** Of finalizers that are new and have no domain, in apiextensions' words. */
function finalizerWarnings(next: KubeObject, previous: KubeObject | undefined): string[] {
  const before = new Set(previous?.metadata?.finalizers)
  return (next.metadata?.finalizers ?? [])
    .filter((name) => !before.has(name) && !name.includes('/') && !knownFinalizers.has(name))
    .sort()
    .map((name) => {
      const better = name.includes('.') ? 'a domain-qualified finalizer name including a path (/)' : 'a domain-qualified finalizer name'
      return `metadata.finalizers: ${JSON.stringify(name)}: prefer ${better} to avoid accidental conflicts with other finalizer writers`
    })
}

/** All that counts as another generation. */
function wishOf({ metadata: _m, ...rest }: KubeObject, hasStatus: boolean): object {
  const { status: _s, ...wish } = rest as Record<string, unknown>
  return hasStatus ? wish : rest
}

function subresourcesOf({ subresources }: CustomVersion, kind: string): SubresourceDefinition[] {
  const made: SubresourceDefinition[] = []
  if (subresources?.status) made.push({ name: 'status', kind, verbs: ['get', 'patch', 'update'] })
  if (subresources?.scale) {
    const { specReplicasPath, statusReplicasPath, labelSelectorPath } = subresources.scale
    made.push({
      name: 'scale',
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
      scale: {
        specReplicasPath: namesOfPath(specReplicasPath),
        statusReplicasPath: namesOfPath(statusReplicasPath),
        selector: (object) => (labelSelectorPath ? String(valueAt(object, labelSelectorPath) ?? '') : ''),
      },
    })
  }
  return made
}

function selectableFieldsOf({ selectableFields = [] }: CustomVersion): (object: KubeObject) => Readonly<Record<string, string>> {
  const paths = selectableFields.map(({ jsonPath }) => ({ name: jsonPath.replace(/^\./, ''), path: parseJsonPath(jsonPath) }))
  return (object) => Object.fromEntries(paths.map(({ name, path }) => [name, textOf(findAll(path, object)[0])]))
}

const textOf = (value: unknown) => (value === undefined || value === null ? '' : String(value))

function keepAllButStatus(next: Whole, previous: Whole): void {
  const { status } = next
  const managedFields = next.metadata?.managedFields
  replaceFields(next, { ...previous, metadata: { ...previous.metadata, managedFields } } as Whole)
  if (status === undefined) delete next.status
  else next.status = status
}

function keepField(next: Whole, previous: Whole, field: string): void {
  if (Object.hasOwn(previous, field)) next[field] = previous[field]
  else delete next[field]
}

/** Makes the one object the other, in place. */
function replaceFields(object: Whole, wanted: Whole): void {
  if (wanted === object) return
  for (const key of Object.keys(object)) if (!Object.hasOwn(wanted, key)) delete object[key]
  Object.assign(object, wanted)
}
