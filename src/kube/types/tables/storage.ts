/** The types of storage, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const storage = {
  v1: `
CSIDriver@ metadata:1=meta/v1.ObjectMeta spec:2=CSIDriverSpec!wr
CSIDriverSpec attachRequired:1=bool!p podInfoOnMount:2=bool!p volumeLifecycleModes:3=[]VolumeLifecycleMode~set storageCapacity:4=bool!p fsGroupPolicy:5=FSGroupPolicy!p tokenRequests:6=[]TokenRequest~atomic requiresRepublish:7=bool!p seLinuxMount:8=bool!p nodeAllocatableUpdatePeriodSeconds:9=int64!p serviceAccountTokenInSecrets:10=bool!p preventPodSchedulingIfMissing:11=bool!p
CSINode@ metadata:1=meta/v1.ObjectMeta spec:2=CSINodeSpec!wr
CSINodeDriver name:1=string!wr nodeID:2=string!wr topologyKeys:3=[]string!w~atomic allocatable:4=VolumeNodeResources!p
CSINodeSpec drivers:1=[]CSINodeDriver!wr~map(name)^name
CSIStorageCapacity@ metadata:1=meta/v1.ObjectMeta nodeTopology:2=meta/v1.LabelSelector!p storageClassName:3=string!wr capacity:4=quantity!p maximumVolumeSize:5=quantity!p
FSGroupPolicy=
StorageClass@ metadata:1=meta/v1.ObjectMeta provisioner:2=string!wr parameters:3={}string reclaimPolicy:4=core/v1.PersistentVolumeReclaimPolicy!p mountOptions:5=[]string~atomic allowVolumeExpansion:6=bool!p volumeBindingMode:7=VolumeBindingMode!p allowedTopologies:8=[]core/v1.TopologySelectorTerm~atomic
TokenRequest audience:1=string!wr expirationSeconds:2=int64!p
VolumeAttachment@ metadata:1=meta/v1.ObjectMeta spec:2=VolumeAttachmentSpec!wr status:3=VolumeAttachmentStatus
VolumeAttachmentSource persistentVolumeName:1=string!p inlineVolumeSpec:2=core/v1.PersistentVolumeSpec!p
VolumeAttachmentSpec attacher:1=string!wr source:2=VolumeAttachmentSource!wr nodeName:3=string!wr
VolumeAttachmentStatus attached:1=bool!wr attachmentMetadata:2={}string attachError:3=VolumeError!p detachError:4=VolumeError!p
VolumeAttributesClass@ metadata:1=meta/v1.ObjectMeta driverName:2=string!wr parameters:3={}string
VolumeBindingMode=Immediate|WaitForFirstConsumer
VolumeError time:1=time message:2=string errorCode:3=int32!p
VolumeLifecycleMode=
VolumeNodeResources count:1=int32!p
`,
  v1beta1: `
CSIDriver@ metadata:1=meta/v1.ObjectMeta spec:2=CSIDriverSpec!wr
CSIDriverSpec attachRequired:1=bool!p podInfoOnMount:2=bool!p volumeLifecycleModes:3=[]VolumeLifecycleMode~atomic storageCapacity:4=bool!p fsGroupPolicy:5=FSGroupPolicy!p tokenRequests:6=[]TokenRequest~atomic requiresRepublish:7=bool!p seLinuxMount:8=bool!p nodeAllocatableUpdatePeriodSeconds:9=int64!p serviceAccountTokenInSecrets:10=bool!p preventPodSchedulingIfMissing:11=bool!p
CSINode@ metadata:1=meta/v1.ObjectMeta spec:2=CSINodeSpec!wr
CSINodeDriver name:1=string!wr nodeID:2=string!wr topologyKeys:3=[]string!w~atomic allocatable:4=VolumeNodeResources!p
CSINodeSpec drivers:1=[]CSINodeDriver!wr~map(name)^name
CSIStorageCapacity@ metadata:1=meta/v1.ObjectMeta nodeTopology:2=meta/v1.LabelSelector!p storageClassName:3=string!wr capacity:4=quantity!p maximumVolumeSize:5=quantity!p
FSGroupPolicy=
StorageClass@ metadata:1=meta/v1.ObjectMeta provisioner:2=string!wr parameters:3={}string reclaimPolicy:4=core/v1.PersistentVolumeReclaimPolicy!p mountOptions:5=[]string~atomic allowVolumeExpansion:6=bool!p volumeBindingMode:7=VolumeBindingMode!p allowedTopologies:8=[]core/v1.TopologySelectorTerm~atomic
TokenRequest audience:1=string!wr expirationSeconds:2=int64!p
VolumeAttachment@ metadata:1=meta/v1.ObjectMeta spec:2=VolumeAttachmentSpec!wr status:3=VolumeAttachmentStatus
VolumeAttachmentSource persistentVolumeName:1=string!p inlineVolumeSpec:2=core/v1.PersistentVolumeSpec!p
VolumeAttachmentSpec attacher:1=string!wr source:2=VolumeAttachmentSource!wr nodeName:3=string!wr
VolumeAttachmentStatus attached:1=bool!wr attachmentMetadata:2={}string attachError:3=VolumeError!p detachError:4=VolumeError!p
VolumeAttributesClass@ metadata:1=meta/v1.ObjectMeta driverName:2=string!wr parameters:3={}string
VolumeBindingMode=
VolumeError time:1=time message:2=string errorCode:3=int32!p
VolumeLifecycleMode=
VolumeNodeResources count:1=int32!p
`,
} as const
