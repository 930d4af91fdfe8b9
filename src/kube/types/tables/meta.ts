/** The types of meta, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const meta = {
  v1: `
APIGroup@ name:1=string!wr versions:2=[]GroupVersionForDiscovery!wr~atomic preferredVersion:3=GroupVersionForDiscovery serverAddressByClientCIDRs:4=[]ServerAddressByClientCIDR~atomic
APIGroupList@ groups:1=[]APIGroup!wr~atomic
APIResource name:1=string!wr singularName:6=string!wr namespaced:2=bool!wr group:8=string version:9=string kind:3=string!wr verbs:4=boxed!wr shortNames:5=[]string~atomic categories:7=[]string~atomic storageVersionHash:10=string
APIResourceList@ groupVersion:1=string!wr resources:2=[]APIResource!wr~atomic
APIVersions@ versions:1=[]string!wr~atomic serverAddressByClientCIDRs:2=[]ServerAddressByClientCIDR!wr~atomic
ApplyOptions@ dryRun:1=[]string~atomic force:2=bool!wr fieldManager:3=string!wr
CauseType=
Condition type:1=string!wr status:2=ConditionStatus!wr observedGeneration:3=int64 lastTransitionTime:4=time!wr reason:5=string!wr message:6=string!wr
ConditionStatus=
CreateOptions@ dryRun:1=[]string~atomic fieldManager:3=string fieldValidation:4=string
DeleteOptions@ gracePeriodSeconds:1=int64!p preconditions:2=Preconditions!p orphanDependents:3=bool!p propagationPolicy:4=DeletionPropagation!p dryRun:5=[]string~atomic ignoreStoreReadErrorWithClusterBreakingPotential:6=bool!p
DeletionPropagation=
FieldSelectorOperator=
FieldSelectorRequirement key:1=string!wr operator:2=FieldSelectorOperator!wr values:3=[]string~atomic
GetOptions@ resourceVersion:1=string
GroupResource group:1=string!wr resource:2=string!wr
GroupVersionForDiscovery groupVersion:1=string!wr version:2=string!wr
GroupVersionKind group:1=string!wr version:2=string!wr kind:3=string!wr
GroupVersionResource group:1=string!wr version:2=string!wr resource:3=string!wr
IncludeObjectPolicy=
LabelSelector# matchLabels:1={}string matchExpressions:2=[]LabelSelectorRequirement~atomic
LabelSelectorOperator=
LabelSelectorRequirement key:1=string!wr operator:2=LabelSelectorOperator!wr values:3=[]string~atomic
ListMeta selfLink:1=string resourceVersion:2=string continue:3=string remainingItemCount:4=int64!p shardInfo:5=ShardInfo!p
ListOptions@ labelSelector:1=string fieldSelector:2=string watch:3=bool allowWatchBookmarks:9=bool resourceVersion:4=string resourceVersionMatch:10=ResourceVersionMatch timeoutSeconds:5=int64!p limit:7=int64 continue:8=string sendInitialEvents:11=bool!p shardSelector:15=string
ManagedFieldsEntry manager:1=string operation:2=ManagedFieldsOperationType apiVersion:3=string time:4=time!p fieldsType:6=string fieldsV1:7=fields!p subresource:8=string
ManagedFieldsOperationType=
ObjectMeta name:1=string generateName:2=string namespace:3=string selfLink:4=string uid:5=types.UID resourceVersion:6=string generation:7=int64 creationTimestamp:8=time!z deletionTimestamp:9=time!p deletionGracePeriodSeconds:10=int64!p labels:11={}string annotations:12={}string ownerReferences:13=[]OwnerReference~map(uid)^uid finalizers:14=[]string~set^ managedFields:17=[]ManagedFieldsEntry~atomic
OwnerReference# apiVersion:5=string!wr kind:1=string!wr name:3=string!wr uid:4=types.UID!wr controller:6=bool!p blockOwnerDeletion:7=bool!p
PartialObjectMetadata@ metadata:1=ObjectMeta
PatchOptions@ dryRun:1=[]string~atomic force:2=bool!p fieldManager:3=string fieldValidation:4=string
Preconditions uid:1=types.UID!p resourceVersion:2=string!p
ResourceVersionMatch=
RowConditionType=
ServerAddressByClientCIDR clientCIDR:1=string!wr serverAddress:2=string!wr
ShardInfo selector:1=string!wr
Status@ metadata:1=ListMeta status:2=string message:3=string reason:4=StatusReason details:5=StatusDetails!p code:6=int32
StatusCause reason:1=CauseType message:2=string field:3=string
StatusDetails name:1=string group:2=string kind:3=string uid:6=types.UID causes:4=[]StatusCause~atomic retryAfterSeconds:5=int32
StatusReason=
UpdateOptions@ dryRun:1=[]string~atomic fieldManager:2=string fieldValidation:3=string
WatchEvent type:1=string!wr object:2=raw!wr
`,
} as const
