/** The types of apps, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const apps = {
  v1: `
ControllerRevision@ metadata:1=meta/v1.ObjectMeta data:2=raw revision:3=int64!wr
DaemonSet@ metadata:1=meta/v1.ObjectMeta spec:2=DaemonSetSpec status:3=DaemonSetStatus
DaemonSetCondition type:1=DaemonSetConditionType!wr status:2=core/v1.ConditionStatus!wr lastTransitionTime:3=time reason:4=string message:5=string
DaemonSetConditionType=
DaemonSetSpec selector:1=meta/v1.LabelSelector!pwr template:2=core/v1.PodTemplateSpec!wr updateStrategy:3=DaemonSetUpdateStrategy minReadySeconds:4=int32 revisionHistoryLimit:6=int32!p
DaemonSetStatus currentNumberScheduled:1=int32!wr numberMisscheduled:2=int32!wr desiredNumberScheduled:3=int32!wr numberReady:4=int32!wr observedGeneration:5=int64 updatedNumberScheduled:6=int32 numberAvailable:7=int32 numberUnavailable:8=int32 collisionCount:9=int32!p conditions:10=[]DaemonSetCondition~map(type)^type
DaemonSetUpdateStrategy type:1=DaemonSetUpdateStrategyType rollingUpdate:2=RollingUpdateDaemonSet!p
DaemonSetUpdateStrategyType=OnDelete|RollingUpdate
Deployment@ metadata:1=meta/v1.ObjectMeta spec:2=DeploymentSpec status:3=DeploymentStatus
DeploymentCondition type:1=DeploymentConditionType!wr status:2=core/v1.ConditionStatus!wr lastUpdateTime:6=time lastTransitionTime:7=time reason:4=string message:5=string
DeploymentConditionType=
DeploymentSpec replicas:1=int32!p selector:2=meta/v1.LabelSelector!pwr template:3=core/v1.PodTemplateSpec!wr strategy:4=DeploymentStrategy^- minReadySeconds:5=int32 revisionHistoryLimit:6=int32!p paused:7=bool progressDeadlineSeconds:9=int32!p
DeploymentStatus observedGeneration:1=int64 replicas:2=int32 updatedReplicas:3=int32 readyReplicas:7=int32 availableReplicas:4=int32 unavailableReplicas:5=int32 terminatingReplicas:9=int32!p conditions:6=[]DeploymentCondition~map(type)^type collisionCount:8=int32!p
DeploymentStrategy type:1=DeploymentStrategyType rollingUpdate:2=RollingUpdateDeployment!p
DeploymentStrategyType=Recreate|RollingUpdate
PersistentVolumeClaimRetentionPolicyType=
PodManagementPolicyType=OrderedReady|Parallel
ReplicaSet@ metadata:1=meta/v1.ObjectMeta spec:2=ReplicaSetSpec status:3=ReplicaSetStatus
ReplicaSetCondition type:1=ReplicaSetConditionType!wr status:2=core/v1.ConditionStatus!wr lastTransitionTime:3=time reason:4=string message:5=string
ReplicaSetConditionType=
ReplicaSetSpec replicas:1=int32!p minReadySeconds:4=int32 selector:2=meta/v1.LabelSelector!pwr template:3=core/v1.PodTemplateSpec
ReplicaSetStatus replicas:1=int32!wr fullyLabeledReplicas:2=int32 readyReplicas:4=int32 availableReplicas:5=int32 terminatingReplicas:7=int32!p observedGeneration:3=int64 conditions:6=[]ReplicaSetCondition~map(type)^type
RollingUpdateDaemonSet maxUnavailable:1=intorstring!p maxSurge:2=intorstring!p
RollingUpdateDeployment maxUnavailable:1=intorstring!p maxSurge:2=intorstring!p
RollingUpdateStatefulSetStrategy partition:1=int32!p maxUnavailable:2=intorstring!p
StatefulSet@ metadata:1=meta/v1.ObjectMeta spec:2=StatefulSetSpec status:3=StatefulSetStatus
StatefulSetCondition type:1=StatefulSetConditionType!wr status:2=core/v1.ConditionStatus!wr lastTransitionTime:3=time reason:4=string message:5=string
StatefulSetConditionType=
StatefulSetOrdinals start:1=int32!w
StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted:1=PersistentVolumeClaimRetentionPolicyType whenScaled:2=PersistentVolumeClaimRetentionPolicyType
StatefulSetSpec replicas:1=int32!p selector:2=meta/v1.LabelSelector!pwr template:3=core/v1.PodTemplateSpec!wr volumeClaimTemplates:4=[]core/v1.PersistentVolumeClaim~atomic serviceName:5=string!w podManagementPolicy:6=PodManagementPolicyType updateStrategy:7=StatefulSetUpdateStrategy revisionHistoryLimit:8=int32!p minReadySeconds:9=int32 persistentVolumeClaimRetentionPolicy:10=StatefulSetPersistentVolumeClaimRetentionPolicy!p ordinals:11=StatefulSetOrdinals!p
StatefulSetStatus observedGeneration:1=int64 replicas:2=int32!wr readyReplicas:3=int32 currentReplicas:4=int32 updatedReplicas:5=int32 currentRevision:6=string updateRevision:7=string collisionCount:9=int32!p conditions:10=[]StatefulSetCondition~map(type)^type availableReplicas:11=int32!w
StatefulSetUpdateStrategy type:1=StatefulSetUpdateStrategyType rollingUpdate:2=RollingUpdateStatefulSetStrategy!p
StatefulSetUpdateStrategyType=OnDelete|RollingUpdate
`,
} as const
