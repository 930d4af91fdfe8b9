import { defineKind } from '../kind.ts'
import { type Binding, bindingDefaults, bindingPrinter, validateBinding, validateBindingUpdate } from './binding.ts'

/** rbac.authorization.k8s.io/v1 RoleBinding. */
export const roleBindings = defineKind<Binding>({
  group: 'rbac.authorization.k8s.io',
  resource: 'rolebindings',
  kind: 'RoleBinding',
  namespaced: true,
  nameRule: 'any',
  createsOnUpdate: true,
  printer: bindingPrinter,
  defaults: bindingDefaults,
  validate: (binding) => validateBinding(binding, ['Role', 'ClusterRole'], true),
  validateUpdate: validateBindingUpdate,
})
