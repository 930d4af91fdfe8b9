import { type Binding, type PolicyRule, type Role, rbacGroup, type Subject } from '../../apiserver/auth/rbac/policy-rule.ts'
import { clusterRoleBindingsText, clusterRolesText, roleBindingsText, rolesText } from './cluster-roles-data.ts'
import { controllerRolesText } from './controller-roles-data.ts'

/** What every API server makes of roles and bindings, as upstream's objects. */
export interface BootstrapPolicy {
  readonly clusterRoles: readonly Role[]
  readonly clusterRoleBindings: readonly Binding[]
  readonly roles: readonly Role[]
  readonly roleBindings: readonly Binding[]
}

const read = ['get', 'list', 'watch']
const write = ['create', 'delete', 'deletecollection', 'patch', 'update']
const verbSets: Readonly<Record<string, readonly string[]>> = { read, write, all: [...write, ...read].sort() }
const events = 'create,patch,update core,events.k8s.io: events'
const controller = 'system:controller:'
const aggregateTo = (name: string) => `rbac.authorization.k8s.io/aggregate-to-${name}`

const metadata = (name: string, namespace?: string, labels: Record<string, string> = {}) => ({
  name,
  ...(namespace && { namespace }),
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
})

/** Reads the data files anew; what is answered is the caller's. */
export function bootstrapPolicy(): BootstrapPolicy {
  const controllers = parseRoles(controllerRolesText, 'ClusterRole', controller)
  return {
    clusterRoles: [...parseRoles(clusterRolesText, 'ClusterRole'), ...controllers],
    clusterRoleBindings: [
      ...lines(clusterRoleBindingsText).map(parseClusterBinding),
      ...controllers.map(({ metadata: { name = '' } = {} }) => bindingOf('ClusterRoleBinding', name, name, [account(name.slice(controller.length))])),
    ],
    roles: parseRoles(rolesText, 'Role'),
    roleBindings: lines(roleBindingsText).map(parseRoleBinding),
  }
}

const lines = (text: string) => text.split('\n').filter((line) => line !== '')

function parseRoles(text: string, kind: 'Role' | 'ClusterRole', prefix = ''): Role[] {
  const roles: Role[] = []
  for (const line of lines(text)) {
    const role = roles.at(-1)
    if (!line.startsWith(' ')) roles.push(roleNamed(line, kind, prefix))
    else if (role && line.startsWith('  gathers ')) {
      role.aggregationRule = { clusterRoleSelectors: [{ matchLabels: { [aggregateTo(line.slice('  gathers '.length))]: 'true' } }] }
      role.rules = null
    } else role?.rules?.push(parseRule(line.trim()))
  }
  return roles
}

function roleNamed(line: string, kind: 'Role' | 'ClusterRole', prefix: string): Role {
  const [where = '', gathered] = line.split(' ')
  const at = kind === 'Role' ? where.indexOf('/') : -1
  const labels: Record<string, string> = gathered === undefined ? {} : { [aggregateTo(gathered.slice(1, -1))]: 'true' }
  const namespace = at < 0 ? undefined : where.slice(0, at)
  return { apiVersion: `${rbacGroup}/v1`, kind, metadata: metadata(prefix + where.slice(at + 1), namespace, labels), rules: [] }
}

function parseRule(line: string): PolicyRule {
  const [rights = '', names] = (line === '+events' ? events : line).split(' = ')
  const [verbText = '', ...rest] = rights.split(' ')
  const verbs = [...(verbSets[verbText] ?? verbText.split(','))]
  if (rest[0]?.startsWith('/')) return { verbs, nonResourceURLs: rest.map((url) => (url === '/*' ? '*' : url)) }
  const groups = rest[0]?.endsWith(':') ? (rest.shift()?.slice(0, -1).split(',') ?? []) : ['core']
  const apiGroups = groups.map((group) => (group === 'core' ? '' : group))
  return { verbs, apiGroups, resources: rest, ...(names && { resourceNames: names.split(' ') }) }
}

const account = (name: string): Subject => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' })

function parseSubjects(text: string): Subject[] {
  const each = text.split(', ').filter((one) => one !== '')
  return each.map((one) => {
    const [kind = '', name = ''] = one.split(' ')
    return kind === 'ServiceAccount' ? account(name) : { kind, apiGroup: rbacGroup, name }
  })
}

function bindingOf(kind: string, name: string, role: string, subjects: Subject[], namespace?: string): Binding {
  const roleRef = { apiGroup: rbacGroup, kind: namespace ? 'Role' : 'ClusterRole', name: role }
  return { apiVersion: `${rbacGroup}/v1`, kind, metadata: metadata(name, namespace), roleRef, ...(subjects.length > 0 && { subjects }) }
}

function parseClusterBinding(line: string): Binding {
  const [, name = '', subjects = ''] = /^(\S+):(?: (.*))?$/.exec(line) ?? []
  return bindingOf('ClusterRoleBinding', name, name, parseSubjects(subjects))
}

function parseRoleBinding(line: string): Binding {
  const [, namespace = '', name = '', role = '', subjects = ''] = /^([^/]+)\/(\S+) > (\S+): (.*)$/.exec(line) ?? []
  return bindingOf('RoleBinding', name, role, parseSubjects(subjects), namespace)
}
