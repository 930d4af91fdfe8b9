/** The types of autoscaling, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const autoscaling = {
  v1: `
CrossVersionObjectReference# kind:1=string!wr name:2=string!wr apiVersion:3=string
HorizontalPodAutoscaler@ metadata:1=meta/v1.ObjectMeta spec:2=HorizontalPodAutoscalerSpec!r status:3=HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerSpec scaleTargetRef:1=CrossVersionObjectReference!wr minReplicas:2=int32!p maxReplicas:3=int32!wr targetCPUUtilizationPercentage:4=int32!p
HorizontalPodAutoscalerStatus observedGeneration:1=int64!p lastScaleTime:2=time!p currentReplicas:3=int32!wr desiredReplicas:4=int32!wr currentCPUUtilizationPercentage:5=int32!p
Scale@ metadata:1=meta/v1.ObjectMeta spec:2=ScaleSpec status:3=ScaleStatus
ScaleSpec replicas:1=int32%0
ScaleStatus replicas:1=int32!wr selector:2=string
`,
  v2: `
ContainerResourceMetricSource name:1=core/v1.ResourceName!wr target:2=MetricTarget!wr container:3=string!wr
ContainerResourceMetricStatus name:1=core/v1.ResourceName!wr current:2=MetricValueStatus!wr container:3=string!wr
CrossVersionObjectReference kind:1=string!wr name:2=string!wr apiVersion:3=string
ExternalMetricSource metric:1=MetricIdentifier!wr target:2=MetricTarget!wr
ExternalMetricStatus metric:1=MetricIdentifier!wr current:2=MetricValueStatus!wr
HPAScalingPolicy type:1=HPAScalingPolicyType!wr value:2=int32!wr periodSeconds:3=int32!wr
HPAScalingPolicyType=
HPAScalingRules stabilizationWindowSeconds:3=int32!p selectPolicy:1=ScalingPolicySelect!p policies:2=[]HPAScalingPolicy~atomic tolerance:4=quantity!p
HorizontalPodAutoscaler@ metadata:1=meta/v1.ObjectMeta spec:2=HorizontalPodAutoscalerSpec!r status:3=HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerBehavior scaleUp:1=HPAScalingRules!p scaleDown:2=HPAScalingRules!p
HorizontalPodAutoscalerCondition type:1=HorizontalPodAutoscalerConditionType!wr status:2=core/v1.ConditionStatus!wr lastTransitionTime:3=time reason:4=string message:5=string
HorizontalPodAutoscalerConditionType=
HorizontalPodAutoscalerSpec scaleTargetRef:1=CrossVersionObjectReference!wr minReplicas:2=int32!p maxReplicas:3=int32!wr metrics:4=[]MetricSpec~atomic behavior:5=HorizontalPodAutoscalerBehavior!p
HorizontalPodAutoscalerStatus observedGeneration:1=int64!p lastScaleTime:2=time!p currentReplicas:3=int32 desiredReplicas:4=int32!wr currentMetrics:5=[]MetricStatus!w~atomic conditions:6=[]HorizontalPodAutoscalerCondition~map(type)^type
MetricIdentifier name:1=string!wr selector:2=meta/v1.LabelSelector!p
MetricSourceType=
MetricSpec type:1=MetricSourceType!wr object:2=ObjectMetricSource!p pods:3=PodsMetricSource!p resource:4=ResourceMetricSource!p containerResource:7=ContainerResourceMetricSource!p external:5=ExternalMetricSource!p
MetricStatus type:1=MetricSourceType!wr object:2=ObjectMetricStatus!p pods:3=PodsMetricStatus!p resource:4=ResourceMetricStatus!p containerResource:7=ContainerResourceMetricStatus!p external:5=ExternalMetricStatus!p
MetricTarget type:1=MetricTargetType!wr value:2=quantity!p averageValue:3=quantity!p averageUtilization:4=int32!p
MetricTargetType=
MetricValueStatus value:1=quantity!p averageValue:2=quantity!p averageUtilization:3=int32!p
ObjectMetricSource describedObject:1=CrossVersionObjectReference!wr target:2=MetricTarget!wr metric:3=MetricIdentifier!wr
ObjectMetricStatus metric:1=MetricIdentifier!wr current:2=MetricValueStatus!wr describedObject:3=CrossVersionObjectReference!wr
PodsMetricSource metric:1=MetricIdentifier!wr target:2=MetricTarget!wr
PodsMetricStatus metric:1=MetricIdentifier!wr current:2=MetricValueStatus!wr
ResourceMetricSource name:1=core/v1.ResourceName!wr target:2=MetricTarget!wr
ResourceMetricStatus name:1=core/v1.ResourceName!wr current:2=MetricValueStatus!wr
ScalingPolicySelect=
`,
} as const
