/** The types of policy, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const policy = {
  v1: `
Eviction@ metadata:1=meta/v1.ObjectMeta deleteOptions:2=meta/v1.DeleteOptions!p
PodDisruptionBudget@ metadata:1=meta/v1.ObjectMeta spec:2=PodDisruptionBudgetSpec status:3=PodDisruptionBudgetStatus
PodDisruptionBudgetSpec minAvailable:1=intorstring!p selector:2=meta/v1.LabelSelector!p^- maxUnavailable:3=intorstring!p unhealthyPodEvictionPolicy:4=UnhealthyPodEvictionPolicyType!p
PodDisruptionBudgetStatus observedGeneration:1=int64 disruptedPods:2={}time disruptionsAllowed:3=int32!w currentHealthy:4=int32!w desiredHealthy:5=int32!w expectedPods:6=int32!w conditions:7=[]meta/v1.Condition~map(type)^type
UnhealthyPodEvictionPolicyType=AlwaysAllow|IfHealthyBudget
`,
} as const
