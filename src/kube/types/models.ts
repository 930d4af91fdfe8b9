import type { FieldType, Model, ModelRef } from './model.ts'
import { nameOf, readModel } from './read-table.ts'
import { tables } from './tables/tables.ts'

/**
 * The types of the Kubernetes API as data. From them come strict decoding, OpenAPI documents, strategic merge, field ownership and the protobuf encoding.
 * A package's table is taken apart when the first of its types is asked for, a type when it is itself.
 */
const packages = new Map<string, ReadonlyMap<string, string>>()
const models = new Map<string, Model | undefined>()

/** What a reference means. Throws for a name that is none. */
export function modelOf(ref: ModelRef): Model {
  const model = typeof ref === 'string' ? modelNamed(ref) : ref
  if (!model) throw new Error(`the Kubernetes API has no type ${String(ref)}`)
  return model
}

/** A built-in type by its package and name: `core/v1.Pod`, `meta/v1.ObjectMeta`. */
export function modelNamed(name: string): Model | undefined {
  if (models.has(name)) return models.get(name)
  const home = name.slice(0, name.lastIndexOf('.'))
  const line = lineOf(name)
  const model = line === undefined ? listModel(name) : readModel(line, home, lineOf)
  models.set(name, model)
  return model
}

function lineOf(name: string): string | undefined {
  const at = name.lastIndexOf('.')
  return linesOf(name.slice(0, at)).get(name.slice(at + 1))
}

function linesOf(home: string): ReadonlyMap<string, string> {
  const known = packages.get(home)
  if (known) return known
  const [group = '', version = ''] = home.split('/')
  const text = Object.hasOwn(tables, group) ? tables[group]?.[version] : undefined
  const lines = new Map((text ?? '').split('\n').map((line) => [nameOf(line), line]))
  lines.delete('')
  packages.set(home, lines)
  return lines
}

/** All lists of a kind look alike. */
function listModel(name: string): Model | undefined {
  if (!name.endsWith('List') || !modelNamed(name.slice(0, -'List'.length))) return undefined
  return {
    name: name.slice(name.lastIndexOf('.') + 1),
    fields: new Map<string, FieldType>([
      ['kind', { type: 'string' }],
      ['apiVersion', { type: 'string' }],
      ['metadata', { type: 'model', model: 'meta/v1.ListMeta', no: 1 }],
      ['items', { type: 'array', items: { type: 'model', model: name.slice(0, -'List'.length) }, no: 2, written: true, required: true }],
    ]),
  }
}

// Where the kinds of a group are. Other groups are no built-in ones, though they may begin alike.
const packageNames: Readonly<Record<string, string>> = {
  '': 'core',
  'admission.k8s.io': 'admission',
  'admissionregistration.k8s.io': 'admissionregistration',
  'apidiscovery.k8s.io': 'apidiscovery',
  'apiextensions.k8s.io': 'apiextensions',
  'apiregistration.k8s.io': 'apiregistration',
  apps: 'apps',
  'authentication.k8s.io': 'authentication',
  'authorization.k8s.io': 'authorization',
  autoscaling: 'autoscaling',
  batch: 'batch',
  'certificates.k8s.io': 'certificates',
  'coordination.k8s.io': 'coordination',
  'discovery.k8s.io': 'discovery',
  'events.k8s.io': 'events',
  'flowcontrol.apiserver.k8s.io': 'flowcontrol',
  'internal.apiserver.k8s.io': 'apiserverinternal',
  'meta.k8s.io': 'meta',
  'metrics.k8s.io': 'metrics',
  'networking.k8s.io': 'networking',
  'node.k8s.io': 'node',
  policy: 'policy',
  'rbac.authorization.k8s.io': 'rbac',
  'resource.k8s.io': 'resource',
  'scheduling.k8s.io': 'scheduling',
  'storage.k8s.io': 'storage',
  'storagemigration.k8s.io': 'storagemigration',
}
// What is of every group: options and answers.
const common = new Set([
  'DeleteOptions',
  'CreateOptions',
  'UpdateOptions',
  'PatchOptions',
  'ListOptions',
  'GetOptions',
  'Status',
  'WatchEvent',
  'APIGroup',
  'APIVersions',
  'APIResourceList',
  'APIGroupList',
])

/** The name of a built-in kind's type; undefined for a kind that is none. */
export function modelOfKind({ group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string }): string | undefined {
  const home = Object.hasOwn(packageNames, group) ? packageNames[group] : undefined
  if (home === undefined) return undefined
  const name = common.has(kind) ? `meta/v1.${kind}` : `${home}/${version}.${kind}`
  return modelNamed(name) && name
}

/** Names of all built-in types, a package after the other. */
export const modelNames = (): string[] =>
  Object.entries(tables).flatMap(([group, versions]) =>
    Object.keys(versions).flatMap((version) =>
      [...linesOf(`${group}/${version}`)].flatMap(([name, line]) => (/^\w+=/.test(line) ? [] : [`${group}/${version}.${name}`])),
    ),
  )
