/** The types of rbac, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const rbac = {
  v1: `
AggregationRule clusterRoleSelectors:1=[]meta/v1.LabelSelector~atomic
ClusterRole@ metadata:1=meta/v1.ObjectMeta rules:2=[]PolicyRule!w~atomic aggregationRule:3=AggregationRule!p
ClusterRoleBinding@ metadata:1=meta/v1.ObjectMeta subjects:2=[]Subject~atomic roleRef:3=RoleRef!wr
PolicyRule verbs:1=[]string!wr~atomic apiGroups:2=[]string~atomic resources:3=[]string~atomic resourceNames:4=[]string~atomic nonResourceURLs:5=[]string~atomic
Role@ metadata:1=meta/v1.ObjectMeta rules:2=[]PolicyRule!w~atomic
RoleBinding@ metadata:1=meta/v1.ObjectMeta subjects:2=[]Subject~atomic roleRef:3=RoleRef!wr
RoleRef# apiGroup:1=string!w kind:2=string!wr name:3=string!wr
Subject# kind:1=string!wr apiGroup:2=string name:3=string!wr namespace:4=string
`,
} as const
