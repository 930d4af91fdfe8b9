/** The types of batch, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const batch = {
  v1: `
CompletionMode=Indexed|NonIndexed
ConcurrencyPolicy=Allow|Forbid|Replace
CronJob@ metadata:1=meta/v1.ObjectMeta spec:2=CronJobSpec!r status:3=CronJobStatus
CronJobSpec schedule:1=string!wr timeZone:8=string!p startingDeadlineSeconds:2=int64!p concurrencyPolicy:3=ConcurrencyPolicy suspend:4=bool!p jobTemplate:5=JobTemplateSpec!wr successfulJobsHistoryLimit:6=int32!p failedJobsHistoryLimit:7=int32!p
CronJobStatus active:1=[]core/v1.ObjectReference~atomic lastScheduleTime:4=time!p lastSuccessfulTime:5=time!p
Job@ metadata:1=meta/v1.ObjectMeta spec:2=JobSpec status:3=JobStatus
JobCondition type:1=JobConditionType!wr status:2=core/v1.ConditionStatus!wr lastProbeTime:3=time lastTransitionTime:4=time reason:5=string message:6=string
JobConditionType=
JobSpec parallelism:1=int32!p completions:2=int32!p activeDeadlineSeconds:3=int64!p podFailurePolicy:11=PodFailurePolicy!p successPolicy:16=SuccessPolicy!p backoffLimit:7=int32!p backoffLimitPerIndex:12=int32!p maxFailedIndexes:13=int32!p selector:4=meta/v1.LabelSelector!p manualSelector:5=bool!p template:6=core/v1.PodTemplateSpec!wr ttlSecondsAfterFinished:8=int32!p completionMode:9=CompletionMode!p suspend:10=bool!p podReplacementPolicy:14=PodReplacementPolicy!p managedBy:15=string!p
JobStatus conditions:1=[]JobCondition~atomic^type startTime:2=time!p completionTime:3=time!p active:4=int32 succeeded:5=int32 failed:6=int32 terminating:11=int32!p completedIndexes:7=string failedIndexes:10=string!p uncountedTerminatedPods:8=UncountedTerminatedPods!p ready:9=int32!p
JobTemplateSpec metadata:1=meta/v1.ObjectMeta spec:2=JobSpec
PodFailurePolicy rules:1=[]PodFailurePolicyRule!wr~atomic
PodFailurePolicyAction=Count|FailIndex|FailJob|Ignore
PodFailurePolicyOnExitCodesOperator=In|NotIn
PodFailurePolicyOnExitCodesRequirement containerName:1=string!p operator:2=PodFailurePolicyOnExitCodesOperator!wr values:3=[]int32!wr~set
PodFailurePolicyOnPodConditionsPattern type:1=core/v1.PodConditionType!wr status:2=core/v1.ConditionStatus!w
PodFailurePolicyRule action:1=PodFailurePolicyAction!wr onExitCodes:2=PodFailurePolicyOnExitCodesRequirement!p onPodConditions:3=[]PodFailurePolicyOnPodConditionsPattern~atomic
PodReplacementPolicy=Failed|TerminatingOrFailed
SuccessPolicy rules:1=[]SuccessPolicyRule!wr~atomic
SuccessPolicyRule succeededIndexes:1=string!p succeededCount:2=int32!p
UncountedTerminatedPods succeeded:1=[]types.UID~set failed:2=[]types.UID~set
`,
} as const
