import { type Binding, type PolicyRule, type Role, rbacGroup, type Subject } from '../../apiserver/auth/rbac/policy-rule.ts'

const group = (name: string): Subject => ({ kind: 'Group', apiGroup: rbacGroup, name })
/** Who joins by a bootstrap token: those of kubeadm, and of a token that names no group of its own. */
const joiners = [group('system:bootstrappers:kubeadm:default-node-token'), group('system:bootstrappers')]

/** What `kubeadm init` lets nodes do that join: ask for a certificate, have it approved, and renew it. */
export function joiningPolicy(): { readonly clusterRoles: readonly Role[]; readonly clusterRoleBindings: readonly Binding[] } {
  const bind = (name: string, role: string, subjects: Subject[]): Binding => ({
    apiVersion: `${rbacGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: role },
    subjects,
  })
  const rules: PolicyRule[] = [{ verbs: ['get'], apiGroups: [''], resources: ['nodes'] }]
  return {
    clusterRoles: [{ apiVersion: `${rbacGroup}/v1`, kind: 'ClusterRole', metadata: { name: 'kubeadm:get-nodes' }, rules }],
    clusterRoleBindings: [
      bind('kubeadm:get-nodes', 'kubeadm:get-nodes', [...joiners.slice(0, 1)]),
      bind('kubeadm:kubelet-bootstrap', 'system:node-bootstrapper', [...joiners]),
      bind('kubeadm:node-autoapprove-bootstrap', 'system:certificates.k8s.io:certificatesigningrequests:nodeclient', [...joiners]),
      bind('kubeadm:node-autoapprove-certificate-rotation', 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient', [group('system:nodes')]),
      bind('kubeadm:cluster-admins', 'cluster-admin', [group('kubeadm:cluster-admins')]),
    ],
  }
}
