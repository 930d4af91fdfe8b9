/** The types of scheduling, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const scheduling = {
  v1: `
PriorityClass@ metadata:1=meta/v1.ObjectMeta value:2=int32!w globalDefault:3=bool description:4=string preemptionPolicy:5=core/v1.PreemptionPolicy!p
`,
  v1alpha2: `
BasicSchedulingPolicy
DisruptionMode=Pod|PodGroup
GangSchedulingPolicy minCount:1=int32!wr
PodGroup@ metadata:1=meta/v1.ObjectMeta spec:2=PodGroupSpec!wr status:3=PodGroupStatus
PodGroupResourceClaim name:1=string!wr resourceClaimName:2=string!p resourceClaimTemplateName:3=string!p
PodGroupResourceClaimStatus name:1=string!wr resourceClaimName:2=string!p
PodGroupSchedulingConstraints topology:1=[]TopologyConstraint~atomic
PodGroupSchedulingPolicy basic:1=BasicSchedulingPolicy!p gang:2=GangSchedulingPolicy!p
PodGroupSpec podGroupTemplateRef:1=PodGroupTemplateReference!pw schedulingPolicy:2=PodGroupSchedulingPolicy!wr schedulingConstraints:3=PodGroupSchedulingConstraints!p resourceClaims:4=[]PodGroupResourceClaim~map(name)^+name disruptionMode:5=DisruptionMode!p%"Pod" priorityClassName:6=string priority:7=int32!p
PodGroupStatus conditions:1=[]meta/v1.Condition~map(type)^type resourceClaimStatuses:2=[]PodGroupResourceClaimStatus~map(name)^+name
PodGroupTemplate name:1=string!wr schedulingPolicy:2=PodGroupSchedulingPolicy!wr schedulingConstraints:3=PodGroupSchedulingConstraints!pw resourceClaims:4=[]PodGroupResourceClaim~map(name)^+name disruptionMode:5=DisruptionMode!p priorityClassName:6=string priority:7=int32!p
PodGroupTemplateReference workload:1=WorkloadPodGroupTemplateReference!pw
TopologyConstraint key:1=string!wr
TypedLocalObjectReference apiGroup:1=string kind:2=string!wr name:3=string!wr
Workload@ metadata:1=meta/v1.ObjectMeta spec:2=WorkloadSpec!wr
WorkloadPodGroupTemplateReference workloadName:1=string!wr podGroupTemplateName:2=string!wr
WorkloadSpec controllerRef:1=TypedLocalObjectReference!p podGroupTemplates:2=[]PodGroupTemplate!wr~map(name)
`,
} as const
