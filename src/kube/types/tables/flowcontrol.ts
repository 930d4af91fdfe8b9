/** The types of flowcontrol, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const flowcontrol = {
  v1: `
ConditionStatus=
ExemptPriorityLevelConfiguration nominalConcurrencyShares:1=int32!p lendablePercent:2=int32!p
FlowDistinguisherMethod type:1=FlowDistinguisherMethodType!wr
FlowDistinguisherMethodType=
FlowSchema@ metadata:1=meta/v1.ObjectMeta spec:2=FlowSchemaSpec status:3=FlowSchemaStatus
FlowSchemaCondition type:1=FlowSchemaConditionType status:2=ConditionStatus lastTransitionTime:3=time reason:4=string message:5=string
FlowSchemaConditionType=
FlowSchemaSpec priorityLevelConfiguration:1=PriorityLevelConfigurationReference!wr matchingPrecedence:2=int32!w distinguisherMethod:3=FlowDistinguisherMethod!p rules:4=[]PolicyRulesWithSubjects~atomic
FlowSchemaStatus conditions:1=[]FlowSchemaCondition~map(type)^type
GroupSubject name:1=string!wr
LimitResponse type:1=LimitResponseType!wr queuing:2=QueuingConfiguration!p
LimitResponseType=
LimitedPriorityLevelConfiguration nominalConcurrencyShares:1=int32!pw limitResponse:2=LimitResponse lendablePercent:3=int32!p borrowingLimitPercent:4=int32!p
NonResourcePolicyRule verbs:1=[]string!wr~set nonResourceURLs:6=[]string!wr~set
PolicyRulesWithSubjects subjects:1=[]Subject!wr~atomic resourceRules:2=[]ResourcePolicyRule~atomic nonResourceRules:3=[]NonResourcePolicyRule~atomic
PriorityLevelConfiguration@ metadata:1=meta/v1.ObjectMeta spec:2=PriorityLevelConfigurationSpec status:3=PriorityLevelConfigurationStatus
PriorityLevelConfigurationCondition type:1=PriorityLevelConfigurationConditionType status:2=ConditionStatus lastTransitionTime:3=time reason:4=string message:5=string
PriorityLevelConfigurationConditionType=
PriorityLevelConfigurationReference name:1=string!wr
PriorityLevelConfigurationSpec type:1=PriorityLevelEnablement!wr limited:2=LimitedPriorityLevelConfiguration!p exempt:3=ExemptPriorityLevelConfiguration!p
PriorityLevelConfigurationStatus conditions:1=[]PriorityLevelConfigurationCondition~map(type)^type
PriorityLevelEnablement=
QueuingConfiguration queues:1=int32!w handSize:2=int32!w queueLengthLimit:3=int32!w
ResourcePolicyRule verbs:1=[]string!wr~set apiGroups:2=[]string!wr~set resources:3=[]string!wr~set clusterScope:4=bool namespaces:5=[]string!w~set
ServiceAccountSubject namespace:1=string!wr name:2=string!wr
Subject kind:1=SubjectKind!wr user:2=UserSubject!p group:3=GroupSubject!p serviceAccount:4=ServiceAccountSubject!p
SubjectKind=
UserSubject name:1=string!wr
`,
} as const
