/** The types of resource, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const resource = {
  v1: `
AllocatedDeviceStatus driver:1=string!wr pool:2=string!wr device:3=string!wr shareID:7=string!p conditions:4=[]meta/v1.Condition!w~map(type) data:5=raw!p networkData:6=NetworkDeviceData!p
AllocationConfigSource=FromClaim|FromClass
AllocationResult devices:1=DeviceAllocationResult nodeSelector:3=core/v1.NodeSelector!p allocationTimestamp:5=time!p
CELDeviceSelector expression:1=string!wr
CapacityRequestPolicy default:1=quantity!pw validValues:3=[]quantity~atomic validRange:4=CapacityRequestPolicyRange!p
CapacityRequestPolicyRange min:1=quantity!pr max:2=quantity!p step:3=quantity!p
CapacityRequirements requests:1={}quantity
Counter value:1=quantity!wr
CounterSet name:1=string!wr counters:2={}Counter!r
Device name:1=string!wr attributes:2={}DeviceAttribute capacity:3={}DeviceCapacity consumesCounters:4=[]DeviceCounterConsumption~atomic nodeName:5=string!p nodeSelector:6=core/v1.NodeSelector!p allNodes:7=bool!p taints:8=[]DeviceTaint~atomic bindsToNode:9=bool!p bindingConditions:10=[]string~atomic bindingFailureConditions:11=[]string~atomic allowMultipleAllocations:12=bool!p nodeAllocatableResourceMappings:13={}NodeAllocatableResourceMapping
DeviceAllocationConfiguration source:1=AllocationConfigSource!wr requests:2=[]string~atomic +:3=DeviceConfiguration
DeviceAllocationMode=
DeviceAllocationResult results:1=[]DeviceRequestAllocationResult~atomic config:2=[]DeviceAllocationConfiguration~atomic
DeviceAttribute int:2=int64!p bool:3=bool!p string:4=string!p version:5=string!p ints:6=[]int64~atomic bools:7=[]bool~atomic strings:8=[]string~atomic versions:9=[]string~atomic
DeviceCapacity value:1=quantity!wr requestPolicy:2=CapacityRequestPolicy!p
DeviceClaim requests:1=[]DeviceRequest!w~atomic constraints:2=[]DeviceConstraint~atomic config:3=[]DeviceClaimConfiguration~atomic
DeviceClaimConfiguration requests:1=[]string~atomic +:2=DeviceConfiguration
DeviceClass@ metadata:1=meta/v1.ObjectMeta spec:2=DeviceClassSpec!wr
DeviceClassConfiguration +:1=DeviceConfiguration
DeviceClassSpec selectors:1=[]DeviceSelector~atomic config:2=[]DeviceClassConfiguration~atomic extendedResourceName:4=string!p
DeviceConfiguration opaque:1=OpaqueDeviceConfiguration!p
DeviceConstraint requests:1=[]string~atomic matchAttribute:2=FullyQualifiedName!p distinctAttribute:3=FullyQualifiedName!p
DeviceCounterConsumption counterSet:1=string!wr counters:2={}Counter!r
DeviceRequest name:1=string!wr exactly:2=ExactDeviceRequest!p firstAvailable:3=[]DeviceSubRequest~atomic
DeviceRequestAllocationResult request:1=string!wr driver:2=string!wr pool:3=string!wr device:4=string!wr adminAccess:5=bool!p tolerations:6=[]DeviceToleration~atomic bindingConditions:7=[]string~atomic bindingFailureConditions:8=[]string~atomic shareID:9=types.UID!p consumedCapacity:10={}quantity
DeviceSelector cel:1=CELDeviceSelector!p
DeviceSubRequest name:1=string!wr deviceClassName:2=string!wr selectors:3=[]DeviceSelector~atomic allocationMode:4=DeviceAllocationMode count:5=int64 tolerations:6=[]DeviceToleration~atomic capacity:7=CapacityRequirements!p
DeviceTaint key:1=string!wr value:2=string effect:3=DeviceTaintEffect!wr timeAdded:4=time!p
DeviceTaintEffect=NoExecute|NoSchedule|None
DeviceToleration key:1=string operator:2=DeviceTolerationOperator%"Equal" value:3=string effect:4=DeviceTaintEffect tolerationSeconds:5=int64!p
DeviceTolerationOperator=Equal|Exists
ExactDeviceRequest deviceClassName:1=string!wr selectors:2=[]DeviceSelector~atomic allocationMode:3=DeviceAllocationMode count:4=int64 adminAccess:5=bool!p tolerations:6=[]DeviceToleration~atomic capacity:7=CapacityRequirements!p
FullyQualifiedName=
NetworkDeviceData interfaceName:1=string ips:2=[]string~atomic hardwareAddress:3=string
NodeAllocatableResourceMapping capacityKey:1=QualifiedName!p allocationMultiplier:2=quantity!p
OpaqueDeviceConfiguration driver:1=string!wr parameters:2=raw!wr
QualifiedName=
ResourceClaim@ metadata:1=meta/v1.ObjectMeta spec:2=ResourceClaimSpec!wr status:3=ResourceClaimStatus
ResourceClaimConsumerReference apiGroup:1=string resource:3=string!wr name:4=string!wr uid:5=types.UID!wr
ResourceClaimSpec devices:1=DeviceClaim!w
ResourceClaimStatus allocation:1=AllocationResult!p reservedFor:2=[]ResourceClaimConsumerReference~map(uid)^uid devices:4=[]AllocatedDeviceStatus~map(driver,device,pool,shareID)
ResourceClaimTemplate@ metadata:1=meta/v1.ObjectMeta spec:2=ResourceClaimTemplateSpec!wr
ResourceClaimTemplateSpec metadata:1=meta/v1.ObjectMeta spec:2=ResourceClaimSpec!wr
ResourcePool name:1=string!wr generation:2=int64!wr resourceSliceCount:3=int64!wr
ResourceSlice@ metadata:1=meta/v1.ObjectMeta spec:2=ResourceSliceSpec!wr
ResourceSliceSpec driver:1=string!wr pool:2=ResourcePool!wr nodeName:3=string!p nodeSelector:4=core/v1.NodeSelector!p allNodes:5=bool!p devices:6=[]Device~atomic perDeviceNodeSelection:7=bool!p sharedCounters:8=[]CounterSet~atomic
`,
  v1beta2: `
AllocatedDeviceStatus driver:1=string!wr pool:2=string!wr device:3=string!wr shareID:7=string!p conditions:4=[]meta/v1.Condition!w~map(type) data:5=raw!p networkData:6=NetworkDeviceData!p
AllocationConfigSource=FromClaim|FromClass
AllocationResult devices:1=DeviceAllocationResult nodeSelector:3=core/v1.NodeSelector!p allocationTimestamp:5=time!p
CELDeviceSelector expression:1=string!wr
CapacityRequestPolicy default:1=quantity!pw validValues:3=[]quantity~atomic validRange:4=CapacityRequestPolicyRange!p
CapacityRequestPolicyRange min:1=quantity!pr max:2=quantity!p step:3=quantity!p
CapacityRequirements requests:1={}quantity
Counter value:1=quantity!wr
CounterSet name:1=string!wr counters:2={}Counter!r
Device name:1=string!wr attributes:2={}DeviceAttribute capacity:3={}DeviceCapacity consumesCounters:4=[]DeviceCounterConsumption~atomic nodeName:5=string!p nodeSelector:6=core/v1.NodeSelector!p allNodes:7=bool!p taints:8=[]DeviceTaint~atomic bindsToNode:9=bool!p bindingConditions:10=[]string~atomic bindingFailureConditions:11=[]string~atomic allowMultipleAllocations:12=bool!p nodeAllocatableResourceMappings:13={}NodeAllocatableResourceMapping
DeviceAllocationConfiguration source:1=AllocationConfigSource!wr requests:2=[]string~atomic +:3=DeviceConfiguration
DeviceAllocationMode=
DeviceAllocationResult results:1=[]DeviceRequestAllocationResult~atomic config:2=[]DeviceAllocationConfiguration~atomic
DeviceAttribute int:2=int64!p bool:3=bool!p string:4=string!p version:5=string!p ints:6=[]int64~atomic bools:7=[]bool~atomic strings:8=[]string~atomic versions:9=[]string~atomic
DeviceCapacity value:1=quantity!wr requestPolicy:2=CapacityRequestPolicy!p
DeviceClaim requests:1=[]DeviceRequest!w~atomic constraints:2=[]DeviceConstraint~atomic config:3=[]DeviceClaimConfiguration~atomic
DeviceClaimConfiguration requests:1=[]string~atomic +:2=DeviceConfiguration
DeviceClass@ metadata:1=meta/v1.ObjectMeta spec:2=DeviceClassSpec!wr
DeviceClassConfiguration +:1=DeviceConfiguration
DeviceClassSpec selectors:1=[]DeviceSelector~atomic config:2=[]DeviceClassConfiguration~atomic extendedResourceName:4=string!p
DeviceConfiguration opaque:1=OpaqueDeviceConfiguration!p
DeviceConstraint requests:1=[]string~atomic matchAttribute:2=FullyQualifiedName!p distinctAttribute:3=FullyQualifiedName!p
DeviceCounterConsumption counterSet:1=string!wr counters:2={}Counter!r
DeviceRequest name:1=string!wr exactly:2=ExactDeviceRequest!p firstAvailable:3=[]DeviceSubRequest~atomic
DeviceRequestAllocationResult request:1=string!wr driver:2=string!wr pool:3=string!wr device:4=string!wr adminAccess:5=bool!p tolerations:6=[]DeviceToleration~atomic bindingConditions:7=[]string~atomic bindingFailureConditions:8=[]string~atomic shareID:9=types.UID!p consumedCapacity:10={}quantity
DeviceSelector cel:1=CELDeviceSelector!p
DeviceSubRequest name:1=string!wr deviceClassName:2=string!wr selectors:3=[]DeviceSelector~atomic allocationMode:4=DeviceAllocationMode count:5=int64 tolerations:6=[]DeviceToleration~atomic capacity:7=CapacityRequirements!p
DeviceTaint key:1=string!wr value:2=string effect:3=DeviceTaintEffect!wr timeAdded:4=time!p
DeviceTaintEffect=NoExecute|NoSchedule|None
DeviceTaintRule@ metadata:1=meta/v1.ObjectMeta spec:2=DeviceTaintRuleSpec!wr status:3=DeviceTaintRuleStatus
DeviceTaintRuleSpec deviceSelector:1=DeviceTaintSelector!p taint:2=DeviceTaint!r
DeviceTaintRuleStatus conditions:1=[]meta/v1.Condition~map(type)^type
DeviceTaintSelector driver:2=string!p pool:3=string!p device:4=string!p
DeviceToleration key:1=string operator:2=DeviceTolerationOperator%"Equal" value:3=string effect:4=DeviceTaintEffect tolerationSeconds:5=int64!p
DeviceTolerationOperator=Equal|Exists
ExactDeviceRequest deviceClassName:1=string!wr selectors:2=[]DeviceSelector~atomic allocationMode:3=DeviceAllocationMode count:4=int64 adminAccess:5=bool!p tolerations:6=[]DeviceToleration~atomic capacity:7=CapacityRequirements!p
FullyQualifiedName=
NetworkDeviceData interfaceName:1=string ips:2=[]string~atomic hardwareAddress:3=string
NodeAllocatableResourceMapping capacityKey:1=QualifiedName!p allocationMultiplier:2=quantity!p
OpaqueDeviceConfiguration driver:1=string!wr parameters:2=raw!wr
QualifiedName=
ResourceClaim@ metadata:1=meta/v1.ObjectMeta spec:2=ResourceClaimSpec!wr status:3=ResourceClaimStatus
ResourceClaimConsumerReference apiGroup:1=string resource:3=string!wr name:4=string!wr uid:5=types.UID!wr
ResourceClaimSpec devices:1=DeviceClaim!w
ResourceClaimStatus allocation:1=AllocationResult!p reservedFor:2=[]ResourceClaimConsumerReference~map(uid)^uid devices:4=[]AllocatedDeviceStatus~map(driver,device,pool,shareID)
ResourceClaimTemplate@ metadata:1=meta/v1.ObjectMeta spec:2=ResourceClaimTemplateSpec!wr
ResourceClaimTemplateSpec metadata:1=meta/v1.ObjectMeta spec:2=ResourceClaimSpec!wr
ResourcePool name:1=string!wr generation:2=int64!wr resourceSliceCount:3=int64!wr
ResourceSlice@ metadata:1=meta/v1.ObjectMeta spec:2=ResourceSliceSpec!wr
ResourceSliceSpec driver:1=string!wr pool:2=ResourcePool!wr nodeName:3=string!p nodeSelector:4=core/v1.NodeSelector!p allNodes:5=bool!p devices:6=[]Device~atomic perDeviceNodeSelection:7=bool!p sharedCounters:8=[]CounterSet~atomic
`,
  v1beta1: `
AllocatedDeviceStatus driver:1=string!wr pool:2=string!wr device:3=string!wr shareID:7=string!p conditions:4=[]meta/v1.Condition!w~map(type) data:5=raw!p networkData:6=NetworkDeviceData!p
AllocationConfigSource=FromClaim|FromClass
AllocationResult devices:1=DeviceAllocationResult nodeSelector:3=core/v1.NodeSelector!p allocationTimestamp:5=time!p
BasicDevice attributes:1={}DeviceAttribute capacity:2={}DeviceCapacity consumesCounters:3=[]DeviceCounterConsumption~atomic nodeName:4=string!p nodeSelector:5=core/v1.NodeSelector!p allNodes:6=bool!p taints:7=[]DeviceTaint~atomic bindsToNode:8=bool!p bindingConditions:9=[]string~atomic bindingFailureConditions:10=[]string~atomic allowMultipleAllocations:11=bool!p nodeAllocatableResourceMappings:12={}NodeAllocatableResourceMapping
CELDeviceSelector expression:1=string!wr
CapacityRequestPolicy default:1=quantity!pw validValues:3=[]quantity~atomic validRange:4=CapacityRequestPolicyRange!p
CapacityRequestPolicyRange min:1=quantity!pr max:2=quantity!p step:3=quantity!p
CapacityRequirements requests:1={}quantity
Counter value:1=quantity!wr
CounterSet name:1=string!wr counters:2={}Counter!r
Device name:1=string!wr basic:2=BasicDevice!p
DeviceAllocationConfiguration source:1=AllocationConfigSource!wr requests:2=[]string~atomic +:3=DeviceConfiguration
DeviceAllocationMode=
DeviceAllocationResult results:1=[]DeviceRequestAllocationResult~atomic config:2=[]DeviceAllocationConfiguration~atomic
DeviceAttribute int:2=int64!p bool:3=bool!p string:4=string!p version:5=string!p ints:6=[]int64~atomic bools:7=[]bool~atomic strings:8=[]string~atomic versions:9=[]string~atomic
DeviceCapacity value:1=quantity!wr requestPolicy:2=CapacityRequestPolicy!p
DeviceClaim requests:1=[]DeviceRequest!w~atomic constraints:2=[]DeviceConstraint~atomic config:3=[]DeviceClaimConfiguration~atomic
DeviceClaimConfiguration requests:1=[]string~atomic +:2=DeviceConfiguration
DeviceClass@ metadata:1=meta/v1.ObjectMeta spec:2=DeviceClassSpec!wr
DeviceClassConfiguration +:1=DeviceConfiguration
DeviceClassSpec selectors:1=[]DeviceSelector~atomic config:2=[]DeviceClassConfiguration~atomic extendedResourceName:4=string!p
DeviceConfiguration opaque:1=OpaqueDeviceConfiguration!p
DeviceConstraint requests:1=[]string~atomic matchAttribute:2=FullyQualifiedName!p distinctAttribute:3=FullyQualifiedName!p
DeviceCounterConsumption counterSet:1=string!wr counters:2={}Counter!r
DeviceRequest name:1=string!wr deviceClassName:2=string!w selectors:3=[]DeviceSelector~atomic allocationMode:4=DeviceAllocationMode count:5=int64 adminAccess:6=bool!p firstAvailable:7=[]DeviceSubRequest~atomic tolerations:8=[]DeviceToleration~atomic capacity:9=CapacityRequirements!p
DeviceRequestAllocationResult request:1=string!wr driver:2=string!wr pool:3=string!wr device:4=string!wr adminAccess:5=bool!p tolerations:6=[]DeviceToleration~atomic bindingConditions:7=[]string~atomic bindingFailureConditions:8=[]string~atomic shareID:9=types.UID!p consumedCapacity:10={}quantity
DeviceSelector cel:1=CELDeviceSelector!p
DeviceSubRequest name:1=string!wr deviceClassName:2=string!wr selectors:3=[]DeviceSelector~atomic allocationMode:4=DeviceAllocationMode count:5=int64 tolerations:7=[]DeviceToleration~atomic capacity:8=CapacityRequirements!p
DeviceTaint key:1=string!wr value:2=string effect:3=DeviceTaintEffect!wr timeAdded:4=time!p
DeviceTaintEffect=NoExecute|NoSchedule|None
DeviceToleration key:1=string operator:2=DeviceTolerationOperator%"Equal" value:3=string effect:4=DeviceTaintEffect tolerationSeconds:5=int64!p
DeviceTolerationOperator=Equal|Exists
FullyQualifiedName=
NetworkDeviceData interfaceName:1=string ips:2=[]string~atomic hardwareAddress:3=string
NodeAllocatableResourceMapping capacityKey:1=QualifiedName!p allocationMultiplier:2=quantity!p
OpaqueDeviceConfiguration driver:1=string!wr parameters:2=raw!wr
QualifiedName=
ResourceClaim@ metadata:1=meta/v1.ObjectMeta spec:2=ResourceClaimSpec!wr status:3=ResourceClaimStatus
ResourceClaimConsumerReference apiGroup:1=string resource:3=string!wr name:4=string!wr uid:5=types.UID!wr
ResourceClaimSpec devices:1=DeviceClaim!w
ResourceClaimStatus allocation:1=AllocationResult!p reservedFor:2=[]ResourceClaimConsumerReference~map(uid)^uid devices:4=[]AllocatedDeviceStatus~map(driver,device,pool,shareID)
ResourceClaimTemplate@ metadata:1=meta/v1.ObjectMeta spec:2=ResourceClaimTemplateSpec!wr
ResourceClaimTemplateSpec metadata:1=meta/v1.ObjectMeta spec:2=ResourceClaimSpec!wr
ResourcePool name:1=string!wr generation:2=int64!wr resourceSliceCount:3=int64!wr
ResourceSlice@ metadata:1=meta/v1.ObjectMeta spec:2=ResourceSliceSpec!wr
ResourceSliceSpec driver:1=string!wr pool:2=ResourcePool!wr nodeName:3=string nodeSelector:4=core/v1.NodeSelector!p allNodes:5=bool devices:6=[]Device~atomic perDeviceNodeSelection:7=bool!p sharedCounters:8=[]CounterSet~atomic
`,
  v1alpha3: `
DeviceTaint key:1=string!wr value:2=string effect:3=DeviceTaintEffect!wr timeAdded:4=time!p
DeviceTaintEffect=NoExecute|NoSchedule|None
DeviceTaintRule@ metadata:1=meta/v1.ObjectMeta spec:2=DeviceTaintRuleSpec!wr status:3=DeviceTaintRuleStatus
DeviceTaintRuleSpec deviceSelector:1=DeviceTaintSelector!p taint:2=DeviceTaint!r
DeviceTaintRuleStatus conditions:1=[]meta/v1.Condition~map(type)^type
DeviceTaintSelector driver:2=string!p pool:3=string!p device:4=string!p
PoolStatus driver:1=string!r poolName:2=string!r generation:9=int64!wr resourceSliceCount:8=int32!p totalDevices:4=int32!p allocatedDevices:5=int32!p availableDevices:6=int32!p unavailableDevices:7=int32!p nodeName:3=string!p validationError:10=string!p
ResourcePoolStatusRequest@ metadata:1=meta/v1.ObjectMeta!r spec:2=ResourcePoolStatusRequestSpec!wr status:3=ResourcePoolStatusRequestStatus!p
ResourcePoolStatusRequestSpec driver:1=string!wr poolName:2=string!p limit:3=int32!p%100
ResourcePoolStatusRequestStatus poolCount:6=int32!pr pools:2=[]PoolStatus~atomic conditions:3=[]meta/v1.Condition~map(type)^type
`,
} as const
