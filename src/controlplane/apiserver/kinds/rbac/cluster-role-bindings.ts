import { defineKind } from '../kind.ts'
import { type Binding, bindingDefaults, bindingPrinter, validateBinding, validateBindingUpdate } from './binding.ts'

/** rbac.authorization.k8s.io/v1 ClusterRoleBinding. */
export const clusterRoleBindings = defineKind<Binding>({
  group: 'rbac.authorization.k8s.io',
  resource: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  namespaced: false,
  nameRule: 'any',
  createsOnUpdate: true,
  printer: bindingPrinter,
  defaults: bindingDefaults,
  validate: (binding) => validateBinding(binding, ['ClusterRole'], false),
  validateUpdate: validateBindingUpdate,
})
