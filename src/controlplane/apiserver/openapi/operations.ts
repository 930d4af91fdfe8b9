import type { ServedResource, ServedSubresource } from '../discovery/served.ts'

/** What a path's method does, from which both versions of OpenAPI make an operation. */
export interface Operation {
  readonly method: 'get' | 'put' | 'post' | 'patch' | 'delete'
  readonly id: string
  /** `list`, `get`, `post`, `patch`, …, as `x-kubernetes-action` has it. */
  readonly action: string
  readonly tag: string
  readonly gvk: Gvk
  readonly parameters: readonly Parameter[]
  /** What is sent: an object of the kind, a patch, options of a deletion. */
  readonly body?: 'object' | 'patch' | 'delete-options'
  readonly answer: 'object' | 'list' | 'status' | 'text'
}

export interface Gvk {
  readonly group: string
  readonly version: string
  readonly kind: string
}

export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path'
  readonly type: 'string' | 'integer' | 'boolean'
  readonly description: string
}

const query = (name: string, description: string, type: Parameter['type'] = 'string'): Parameter => ({ name, in: 'query', type, description })
const pretty = query('pretty', 'Whether the answer is indented.')
const dryRun = query('dryRun', 'With All nothing is stored.')
const fieldManager = query('fieldManager', 'Who sets the fields.')
const fieldValidation = query('fieldValidation', 'What to do with unknown or duplicate fields: Ignore, Warn or Strict.')
const writing = [dryRun, fieldManager, fieldValidation]
const selecting = [
  query('continue', 'Where the list goes on.'),
  query('fieldSelector', 'Which objects, by their fields.'),
  query('labelSelector', 'Which objects, by their labels.'),
  query('limit', 'How many objects at most.', 'integer'),
  query('resourceVersion', 'As of which version.'),
  query('resourceVersionMatch', 'How the version is meant.'),
  query('sendInitialEvents', 'Whether a watch begins with all that there is.', 'boolean'),
  query('timeoutSeconds', 'How long at most.', 'integer'),
  query('allowWatchBookmarks', 'Whether a watch tells of its progress.', 'boolean'),
  query('watch', 'Whether changes are sent as they come.', 'boolean'),
]
const deleting = [
  dryRun,
  query('gracePeriodSeconds', 'How long the object may take to end.', 'integer'),
  query('propagationPolicy', 'What becomes of dependents: Orphan, Background or Foreground.'),
]
const force = query('force', 'Whether fields of other managers are taken over.', 'boolean')
const name: Parameter = { name: 'name', in: 'path', type: 'string', description: 'name of the object' }
const namespace: Parameter = { name: 'namespace', in: 'path', type: 'string', description: 'object name and auth scope, such as for teams and projects' }

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** All operations on a resource, by path. */
export function operationsOn(entry: ServedResource): Map<string, Operation[]> {
  const { group, version, kind, namespaced, verbs } = entry
  const root = group ? `/apis/${group}/${version}` : '/api/v1'
  const all = `${root}/${entry.resource}`
  const collection = namespaced ? `${root}/namespaces/{namespace}/${entry.resource}` : all
  const scope = namespaced ? [namespace] : []
  const title = `${capital(group.split('.')[0] ?? '') || 'Core'}${capital(version)}`
  const scoped = `${title}${namespaced ? 'Namespaced' : ''}${kind}`
  const common = { tag: `${title.charAt(0).toLowerCase()}${title.slice(1, -version.length)}_${version}`, gvk: { group, version, kind } }
  const has = (verb: string) => verbs.includes(verb)
  const list = { ...common, method: 'get', action: 'list', answer: 'list' } as const
  const paths = new Map<string, Operation[]>()
  const add = (path: string, operations: readonly (Operation | false)[]) => {
    const those = operations.filter((each) => each !== false)
    if (those.length > 0) paths.set(path, [...(paths.get(path) ?? []), ...those])
  }
  add(collection, [
    has('list') && { ...list, id: `list${scoped}`, parameters: [...scope, pretty, ...selecting] },
    has('create') && {
      ...common,
      method: 'post',
      action: 'post',
      id: `create${scoped}`,
      parameters: [...scope, pretty, ...writing],
      body: 'object',
      answer: 'object',
    },
    has('deletecollection') && {
      ...common,
      method: 'delete',
      action: 'deletecollection',
      id: `delete${title}Collection${namespaced ? 'Namespaced' : ''}${kind}`,
      parameters: [...scope, pretty, ...selecting, ...deleting],
      body: 'delete-options',
      answer: 'status',
    },
  ])
  if (namespaced) add(all, [has('list') && { ...list, id: `list${title}${kind}ForAllNamespaces`, parameters: [pretty, ...selecting] }])
  add(`${collection}/{name}`, onObject(common, verbs, scoped, [name, ...scope]))
  for (const sub of entry.subresources ?? []) add(`${collection}/{name}/${sub.name}`, onSubresource(entry, sub, common, scoped, [name, ...scope]))
  return paths
}

type Common = Pick<Operation, 'tag' | 'gvk'>

function onObject(common: Common, verbs: readonly string[], scoped: string, where: readonly Parameter[]): Operation[] {
  const operations: (Operation | false)[] = [
    verbs.includes('get') && { ...common, method: 'get', action: 'get', id: `read${scoped}`, parameters: [...where, pretty], answer: 'object' },
    verbs.includes('update') && {
      ...common,
      method: 'put',
      action: 'put',
      id: `replace${scoped}`,
      parameters: [...where, pretty, ...writing],
      body: 'object',
      answer: 'object',
    },
    verbs.includes('patch') && {
      ...common,
      method: 'patch',
      action: 'patch',
      id: `patch${scoped}`,
      parameters: [...where, pretty, ...writing, force],
      body: 'patch',
      answer: 'object',
    },
    verbs.includes('delete') && {
      ...common,
      method: 'delete',
      action: 'delete',
      id: `delete${scoped}`,
      parameters: [...where, pretty, ...deleting],
      body: 'delete-options',
      answer: 'status',
    },
  ]
  return operations.filter((each) => each !== false)
}

function onSubresource(entry: ServedResource, sub: ServedSubresource, common: Common, scoped: string, where: readonly Parameter[]): Operation[] {
  const gvk = { group: sub.group ?? entry.group, version: sub.version ?? entry.version, kind: sub.kind }
  const id = `${scoped}${sub.name.split(/[-_]/).map(capital).join('')}`
  // What is streamed from a node is no object.
  if (/^(?:log|exec|attach|portforward|proxy)$/.test(sub.name))
    return [{ ...common, gvk, method: 'get', action: 'connect', id: `connect${id}`, parameters: where, answer: 'text' }]
  const operations = onObject({ ...common, gvk }, sub.verbs, id, where)
  if (sub.verbs.includes('create'))
    operations.push({
      ...common,
      gvk,
      method: 'post',
      action: 'post',
      id: `create${id}`,
      parameters: [...where, pretty, ...writing],
      body: 'object',
      answer: 'object',
    })
  return operations
}
