/** The types of core, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const core = {
  v1: `
AWSElasticBlockStoreVolumeSource volumeID:1=string!wr fsType:2=string partition:3=int32 readOnly:4=bool
Affinity nodeAffinity:1=NodeAffinity!p podAffinity:2=PodAffinity!p podAntiAffinity:3=PodAntiAffinity!p
AppArmorProfile type:1=AppArmorProfileType!wr localhostProfile:2=string!p
AppArmorProfileType=Localhost|RuntimeDefault|Unconfined
AttachedVolume name:1=UniqueVolumeName!wr devicePath:2=string!wr
AzureDataDiskCachingMode=None|ReadOnly|ReadWrite
AzureDataDiskKind=Dedicated|Managed|Shared
AzureDiskVolumeSource diskName:1=string!wr diskURI:2=string!wr cachingMode:3=AzureDataDiskCachingMode!p fsType:4=string!p%"ext4" readOnly:5=bool!p%false kind:6=AzureDataDiskKind!p
AzureFilePersistentVolumeSource secretName:1=string!wr shareName:2=string!wr readOnly:3=bool secretNamespace:4=string!pw
AzureFileVolumeSource secretName:1=string!wr shareName:2=string!wr readOnly:3=bool
Binding@ metadata:1=meta/v1.ObjectMeta target:2=ObjectReference!wr
CSIPersistentVolumeSource driver:1=string!wr volumeHandle:2=string!wr readOnly:3=bool fsType:4=string volumeAttributes:5={}string controllerPublishSecretRef:6=SecretReference!p nodeStageSecretRef:7=SecretReference!p nodePublishSecretRef:8=SecretReference!p controllerExpandSecretRef:9=SecretReference!p nodeExpandSecretRef:10=SecretReference!p
CSIVolumeSource driver:1=string!wr readOnly:2=bool!p fsType:3=string!p volumeAttributes:4={}string nodePublishSecretRef:5=LocalObjectReference!p
Capabilities add:1=[]Capability~atomic drop:2=[]Capability~atomic
Capability=
CephFSPersistentVolumeSource monitors:1=[]string!wr~atomic path:2=string user:3=string secretFile:4=string secretRef:5=SecretReference!p readOnly:6=bool
CephFSVolumeSource monitors:1=[]string!wr~atomic path:2=string user:3=string secretFile:4=string secretRef:5=LocalObjectReference!p readOnly:6=bool
CinderPersistentVolumeSource volumeID:1=string!wr fsType:2=string readOnly:3=bool secretRef:4=SecretReference!p
CinderVolumeSource volumeID:1=string!wr fsType:2=string readOnly:3=bool secretRef:4=LocalObjectReference!p
ClaimResourceStatus=ControllerResizeInProgress|ControllerResizeInfeasible|NodeResizeInProgress|NodeResizeInfeasible|NodeResizePending
ClientIPConfig timeoutSeconds:1=int32!p
ClusterTrustBundleProjection name:1=string!p signerName:2=string!p labelSelector:3=meta/v1.LabelSelector!p optional:5=bool!p path:4=string!wr
ComponentCondition type:1=ComponentConditionType!wr status:2=ConditionStatus!wr message:3=string error:4=string
ComponentConditionType=
ComponentStatus@ metadata:1=meta/v1.ObjectMeta conditions:2=[]ComponentCondition~map(type)^type
ConditionStatus=
ConfigMap@ metadata:1=meta/v1.ObjectMeta immutable:4=bool!p data:2={}string binaryData:3={}bytes
ConfigMapEnvSource +:1=LocalObjectReference optional:2=bool!p
ConfigMapKeySelector# +:1=LocalObjectReference key:2=string!wr optional:3=bool!p
ConfigMapNodeConfigSource namespace:1=string!wr name:2=string!wr uid:3=types.UID resourceVersion:4=string kubeletConfigKey:5=string!wr
ConfigMapProjection +:1=LocalObjectReference items:2=[]KeyToPath~atomic optional:4=bool!p
ConfigMapVolumeSource +:1=LocalObjectReference items:2=[]KeyToPath~atomic defaultMode:3=int32!p optional:4=bool!p
Container name:1=string!wr image:2=string command:3=[]string~atomic args:4=[]string~atomic workingDir:5=string ports:6=[]ContainerPort~map(containerPort,protocol)^containerPort envFrom:19=[]EnvFromSource~atomic env:7=[]EnvVar~map(name)^name resources:8=ResourceRequirements resizePolicy:23=[]ContainerResizePolicy~atomic restartPolicy:24=ContainerRestartPolicy!p restartPolicyRules:25=[]ContainerRestartRule~atomic volumeMounts:9=[]VolumeMount~map(mountPath)^mountPath volumeDevices:21=[]VolumeDevice~map(devicePath)^devicePath livenessProbe:10=Probe!p readinessProbe:11=Probe!p startupProbe:22=Probe!p lifecycle:12=Lifecycle!p terminationMessagePath:13=string terminationMessagePolicy:20=TerminationMessagePolicy imagePullPolicy:14=PullPolicy securityContext:15=SecurityContext!p stdin:16=bool stdinOnce:17=bool tty:18=bool
ContainerExtendedResourceRequest containerName:1=string!wr resourceName:2=string!wr requestName:3=string!wr
ContainerImage names:1=[]string!w~atomic sizeBytes:2=int64
ContainerPort name:1=string hostPort:2=int32 containerPort:3=int32!wr protocol:4=Protocol%"TCP" hostIP:5=string
ContainerResizePolicy resourceName:1=ResourceName!wr restartPolicy:2=ResourceResizeRestartPolicy!wr
ContainerRestartPolicy=
ContainerRestartRule action:1=ContainerRestartRuleAction!r exitCodes:2=ContainerRestartRuleOnExitCodes!p
ContainerRestartRuleAction=
ContainerRestartRuleOnExitCodes operator:1=ContainerRestartRuleOnExitCodesOperator!r values:2=[]int32~set
ContainerRestartRuleOnExitCodesOperator=
ContainerState waiting:1=ContainerStateWaiting!p running:2=ContainerStateRunning!p terminated:3=ContainerStateTerminated!p
ContainerStateRunning startedAt:1=time
ContainerStateTerminated exitCode:1=int32!wr signal:2=int32 reason:3=string message:4=string startedAt:5=time finishedAt:6=time containerID:7=string
ContainerStateWaiting reason:1=string message:2=string
ContainerStatus name:1=string!wr state:2=ContainerState lastState:3=ContainerState ready:4=bool!wr restartCount:5=int32!wr image:6=string!wr imageID:7=string!wr containerID:8=string started:9=bool!p allocatedResources:10={}quantity resources:11=ResourceRequirements!p volumeMounts:12=[]VolumeMountStatus~map(mountPath)^mountPath user:13=ContainerUser!p allocatedResourcesStatus:14=[]ResourceStatus~map(name)^name stopSignal:15=Signal!p
ContainerUser linux:1=LinuxContainerUser!p
DNSPolicy=ClusterFirst|ClusterFirstWithHostNet|Default|None
DaemonEndpoint Port:1=int32!wr
DownwardAPIProjection items:1=[]DownwardAPIVolumeFile~atomic
DownwardAPIVolumeFile path:1=string!wr fieldRef:2=ObjectFieldSelector!p resourceFieldRef:3=ResourceFieldSelector!p mode:4=int32!p
DownwardAPIVolumeSource items:1=[]DownwardAPIVolumeFile~atomic defaultMode:2=int32!p
EmptyDirVolumeSource medium:1=StorageMedium sizeLimit:2=quantity!p
EndpointAddress# ip:1=string!wr hostname:3=string nodeName:4=string!p targetRef:2=ObjectReference!p
EndpointPort# name:1=string port:2=int32!wr protocol:3=Protocol appProtocol:4=string!p
EndpointSubset addresses:1=[]EndpointAddress~atomic notReadyAddresses:2=[]EndpointAddress~atomic ports:3=[]EndpointPort~atomic
Endpoints@ metadata:1=meta/v1.ObjectMeta subsets:2=[]EndpointSubset~atomic
EnvFromSource prefix:1=string configMapRef:2=ConfigMapEnvSource!p secretRef:3=SecretEnvSource!p
EnvVar name:1=string!wr value:2=string valueFrom:3=EnvVarSource!p
EnvVarSource fieldRef:1=ObjectFieldSelector!p resourceFieldRef:2=ResourceFieldSelector!p configMapKeyRef:3=ConfigMapKeySelector!p secretKeyRef:4=SecretKeySelector!p fileKeyRef:5=FileKeySelector!p
EphemeralContainer +:1=EphemeralContainerCommon targetContainerName:2=string
EphemeralContainerCommon name:1=string!wr image:2=string command:3=[]string~atomic args:4=[]string~atomic workingDir:5=string ports:6=[]ContainerPort~map(containerPort,protocol)^containerPort envFrom:19=[]EnvFromSource~atomic env:7=[]EnvVar~map(name)^name resources:8=ResourceRequirements resizePolicy:23=[]ContainerResizePolicy~atomic restartPolicy:24=ContainerRestartPolicy!p restartPolicyRules:25=[]ContainerRestartRule~atomic volumeMounts:9=[]VolumeMount~map(mountPath)^mountPath volumeDevices:21=[]VolumeDevice~map(devicePath)^devicePath livenessProbe:10=Probe!p readinessProbe:11=Probe!p startupProbe:22=Probe!p lifecycle:12=Lifecycle!p terminationMessagePath:13=string terminationMessagePolicy:20=TerminationMessagePolicy imagePullPolicy:14=PullPolicy securityContext:15=SecurityContext!p stdin:16=bool stdinOnce:17=bool tty:18=bool
EphemeralVolumeSource volumeClaimTemplate:1=PersistentVolumeClaimTemplate!p
Event@ metadata:1=meta/v1.ObjectMeta!wr involvedObject:2=ObjectReference!wr reason:3=string message:4=string source:5=EventSource firstTimestamp:6=time lastTimestamp:7=time count:8=int32 type:9=string eventTime:10=microtime series:11=EventSeries!p action:12=string related:13=ObjectReference!p reportingComponent:14=string!w reportingInstance:15=string!w
EventSeries count:1=int32 lastObservedTime:2=microtime
EventSource component:1=string host:2=string
ExecAction command:1=[]string~atomic
FCVolumeSource targetWWNs:1=[]string~atomic lun:2=int32!p fsType:3=string readOnly:4=bool wwids:5=[]string~atomic
FileKeySelector# volumeName:1=string!wr path:2=string!wr key:3=string!wr optional:4=bool!p%false
FinalizerName=
FlexPersistentVolumeSource driver:1=string!wr fsType:2=string secretRef:3=SecretReference!p readOnly:4=bool options:5={}string
FlexVolumeSource driver:1=string!wr fsType:2=string secretRef:3=LocalObjectReference!p readOnly:4=bool options:5={}string
FlockerVolumeSource datasetName:1=string datasetUUID:2=string
GCEPersistentDiskVolumeSource pdName:1=string!wr fsType:2=string partition:3=int32 readOnly:4=bool
GRPCAction port:1=int32!wr service:2=string!pw%""
GitRepoVolumeSource repository:1=string!wr revision:2=string directory:3=string
GlusterfsPersistentVolumeSource endpoints:1=string!wr path:2=string!wr readOnly:3=bool endpointsNamespace:4=string!p
GlusterfsVolumeSource endpoints:1=string!wr path:2=string!wr readOnly:3=bool
HTTPGetAction path:1=string port:2=intorstring!wr host:3=string scheme:4=URIScheme httpHeaders:5=[]HTTPHeader~atomic
HTTPHeader name:1=string!wr value:2=string!wr
HostAlias ip:1=string!wr hostnames:2=[]string~atomic
HostIP ip:1=string!wr
HostPathType=|BlockDevice|CharDevice|Directory|DirectoryOrCreate|File|FileOrCreate|Socket
HostPathVolumeSource path:1=string!wr type:2=HostPathType!p
IPFamily=|IPv4|IPv6
IPFamilyPolicy=PreferDualStack|RequireDualStack|SingleStack
ISCSIPersistentVolumeSource targetPortal:1=string!wr iqn:2=string!wr lun:3=int32!wr iscsiInterface:4=string%"default" fsType:5=string readOnly:6=bool portals:7=[]string~atomic chapAuthDiscovery:8=bool chapAuthSession:11=bool secretRef:10=SecretReference!p initiatorName:12=string!p
ISCSIVolumeSource targetPortal:1=string!wr iqn:2=string!wr lun:3=int32!wr iscsiInterface:4=string%"default" fsType:5=string readOnly:6=bool portals:7=[]string~atomic chapAuthDiscovery:8=bool chapAuthSession:11=bool secretRef:10=LocalObjectReference!p initiatorName:12=string!p
ImageVolumeSource reference:1=string pullPolicy:2=PullPolicy
ImageVolumeStatus imageRef:1=string!r
KeyToPath key:1=string!wr path:2=string!wr mode:3=int32!p
Lifecycle postStart:1=LifecycleHandler!p preStop:2=LifecycleHandler!p stopSignal:3=Signal!p
LifecycleHandler exec:1=ExecAction!p httpGet:2=HTTPGetAction!p tcpSocket:3=TCPSocketAction!p sleep:4=SleepAction!p
LimitRange@ metadata:1=meta/v1.ObjectMeta spec:2=LimitRangeSpec
LimitRangeItem type:1=LimitType!wr max:2={}quantity min:3={}quantity default:4={}quantity defaultRequest:5={}quantity maxLimitRequestRatio:6={}quantity
LimitRangeSpec limits:1=[]LimitRangeItem!wr~atomic
LimitType=
LinuxContainerUser uid:1=int64!wr gid:2=int64!wr supplementalGroups:3=[]int64~atomic
LoadBalancerIPMode=
LoadBalancerIngress ip:1=string hostname:2=string ipMode:3=LoadBalancerIPMode!p ports:4=[]PortStatus~atomic
LoadBalancerStatus ingress:1=[]LoadBalancerIngress~atomic
LocalObjectReference# name:1=string%""
LocalVolumeSource path:1=string!wr fsType:2=string!p
ModifyVolumeStatus targetVolumeAttributesClassName:1=string status:2=PersistentVolumeClaimModifyVolumeStatus!wr
MountPropagationMode=Bidirectional|HostToContainer|None
NFSVolumeSource server:1=string!wr path:2=string!wr readOnly:3=bool
Namespace@ metadata:1=meta/v1.ObjectMeta spec:2=NamespaceSpec status:3=NamespaceStatus
NamespaceCondition type:1=NamespaceConditionType!wr status:2=ConditionStatus!wr lastTransitionTime:4=time reason:5=string message:6=string
NamespaceConditionType=
NamespacePhase=Active|Terminating
NamespaceSpec finalizers:1=[]FinalizerName~atomic
NamespaceStatus phase:1=NamespacePhase conditions:2=[]NamespaceCondition~map(type)^type
Node@ metadata:1=meta/v1.ObjectMeta spec:2=NodeSpec status:3=NodeStatus
NodeAddress type:1=NodeAddressType!wr address:2=string!wr
NodeAddressType=
NodeAffinity requiredDuringSchedulingIgnoredDuringExecution:1=NodeSelector!p preferredDuringSchedulingIgnoredDuringExecution:2=[]PreferredSchedulingTerm~atomic
NodeAllocatableResourceClaimStatus resourceClaimName:1=string!wr containers:2=[]string~set resources:3={}quantity!wr
NodeCondition type:1=NodeConditionType!wr status:2=ConditionStatus!wr lastHeartbeatTime:3=time lastTransitionTime:4=time reason:5=string message:6=string
NodeConditionType=
NodeConfigSource configMap:2=ConfigMapNodeConfigSource!p
NodeConfigStatus assigned:1=NodeConfigSource!p active:2=NodeConfigSource!p lastKnownGood:3=NodeConfigSource!p error:4=string
NodeDaemonEndpoints kubeletEndpoint:1=DaemonEndpoint
NodeFeatures supplementalGroupsPolicy:1=bool!p
NodeInclusionPolicy=Honor|Ignore
NodePhase=Pending|Running|Terminated
NodeProxyOptions@ path:1=string
NodeRuntimeHandler name:1=string!w features:2=NodeRuntimeHandlerFeatures!p
NodeRuntimeHandlerFeatures recursiveReadOnlyMounts:1=bool!p userNamespaces:2=bool!p
NodeSelector# nodeSelectorTerms:1=[]NodeSelectorTerm!wr~atomic
NodeSelectorOperator=DoesNotExist|Exists|Gt|In|Lt|NotIn
NodeSelectorRequirement key:1=string!wr operator:2=NodeSelectorOperator!wr values:3=[]string~atomic
NodeSelectorTerm# matchExpressions:1=[]NodeSelectorRequirement~atomic matchFields:2=[]NodeSelectorRequirement~atomic
NodeSpec podCIDR:1=string podCIDRs:7=[]string~set^ providerID:3=string unschedulable:4=bool taints:5=[]Taint~atomic configSource:6=NodeConfigSource!p externalID:2=string
NodeStatus capacity:1={}quantity allocatable:2={}quantity phase:3=NodePhase conditions:4=[]NodeCondition~map(type)^type addresses:5=[]NodeAddress~map(type)^type daemonEndpoints:6=NodeDaemonEndpoints nodeInfo:7=NodeSystemInfo images:8=[]ContainerImage~atomic volumesInUse:9=[]UniqueVolumeName~atomic volumesAttached:10=[]AttachedVolume~atomic config:11=NodeConfigStatus!p runtimeHandlers:12=[]NodeRuntimeHandler~atomic features:13=NodeFeatures!p declaredFeatures:14=[]string~atomic
NodeSwapStatus capacity:1=int64!p
NodeSystemInfo machineID:1=string!wr systemUUID:2=string!wr bootID:3=string!wr kernelVersion:4=string!wr osImage:5=string!wr containerRuntimeVersion:6=string!wr kubeletVersion:7=string!wr kubeProxyVersion:8=string!wr operatingSystem:9=string!wr architecture:10=string!wr swap:11=NodeSwapStatus!p
OSName=
ObjectFieldSelector# apiVersion:1=string fieldPath:2=string!wr
ObjectReference# kind:1=string namespace:2=string name:3=string uid:4=types.UID apiVersion:5=string resourceVersion:6=string fieldPath:7=string
PersistentVolume@ metadata:1=meta/v1.ObjectMeta spec:2=PersistentVolumeSpec status:3=PersistentVolumeStatus
PersistentVolumeAccessMode=ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod
PersistentVolumeClaim@ metadata:1=meta/v1.ObjectMeta spec:2=PersistentVolumeClaimSpec status:3=PersistentVolumeClaimStatus
PersistentVolumeClaimCondition type:1=PersistentVolumeClaimConditionType!wr status:2=ConditionStatus!wr lastProbeTime:3=time lastTransitionTime:4=time reason:5=string message:6=string
PersistentVolumeClaimConditionType=
PersistentVolumeClaimModifyVolumeStatus=InProgress|Infeasible|Pending
PersistentVolumeClaimPhase=Bound|Lost|Pending
PersistentVolumeClaimSpec accessModes:1=[]PersistentVolumeAccessMode~atomic selector:4=meta/v1.LabelSelector!p resources:2=VolumeResourceRequirements volumeName:3=string storageClassName:5=string!p volumeMode:6=PersistentVolumeMode!p dataSource:7=TypedLocalObjectReference!p dataSourceRef:8=TypedObjectReference!p volumeAttributesClassName:9=string!p
PersistentVolumeClaimStatus phase:1=PersistentVolumeClaimPhase accessModes:2=[]PersistentVolumeAccessMode~atomic capacity:3={}quantity conditions:4=[]PersistentVolumeClaimCondition~map(type)^type allocatedResources:5={}quantity allocatedResourceStatuses:7={}ClaimResourceStatus currentVolumeAttributesClassName:8=string!p modifyVolumeStatus:9=ModifyVolumeStatus!p
PersistentVolumeClaimTemplate metadata:1=meta/v1.ObjectMeta spec:2=PersistentVolumeClaimSpec!wr
PersistentVolumeClaimVolumeSource claimName:1=string!wr readOnly:2=bool
PersistentVolumeMode=Block|Filesystem
PersistentVolumePhase=Available|Bound|Failed|Pending|Released
PersistentVolumeReclaimPolicy=Delete|Recycle|Retain
PersistentVolumeSource gcePersistentDisk:1=GCEPersistentDiskVolumeSource!p awsElasticBlockStore:2=AWSElasticBlockStoreVolumeSource!p hostPath:3=HostPathVolumeSource!p glusterfs:4=GlusterfsPersistentVolumeSource!p nfs:5=NFSVolumeSource!p rbd:6=RBDPersistentVolumeSource!p iscsi:7=ISCSIPersistentVolumeSource!p cinder:8=CinderPersistentVolumeSource!p cephfs:9=CephFSPersistentVolumeSource!p fc:10=FCVolumeSource!p flocker:11=FlockerVolumeSource!p flexVolume:12=FlexPersistentVolumeSource!p azureFile:13=AzureFilePersistentVolumeSource!p vsphereVolume:14=VsphereVirtualDiskVolumeSource!p quobyte:15=QuobyteVolumeSource!p azureDisk:16=AzureDiskVolumeSource!p photonPersistentDisk:17=PhotonPersistentDiskVolumeSource!p portworxVolume:18=PortworxVolumeSource!p scaleIO:19=ScaleIOPersistentVolumeSource!p local:20=LocalVolumeSource!p storageos:21=StorageOSPersistentVolumeSource!p csi:22=CSIPersistentVolumeSource!p
PersistentVolumeSpec capacity:1={}quantity +:2=PersistentVolumeSource accessModes:3=[]PersistentVolumeAccessMode~atomic claimRef:4=ObjectReference!p persistentVolumeReclaimPolicy:5=PersistentVolumeReclaimPolicy storageClassName:6=string mountOptions:7=[]string~atomic volumeMode:8=PersistentVolumeMode!p nodeAffinity:9=VolumeNodeAffinity!p volumeAttributesClassName:10=string!p
PersistentVolumeStatus phase:1=PersistentVolumePhase message:2=string reason:3=string lastPhaseTransitionTime:4=time!p
PhotonPersistentDiskVolumeSource pdID:1=string!wr fsType:2=string
Pod@ metadata:1=meta/v1.ObjectMeta spec:2=PodSpec status:3=PodStatus
PodAffinity requiredDuringSchedulingIgnoredDuringExecution:1=[]PodAffinityTerm~atomic preferredDuringSchedulingIgnoredDuringExecution:2=[]WeightedPodAffinityTerm~atomic
PodAffinityTerm labelSelector:1=meta/v1.LabelSelector!p namespaces:2=[]string~atomic topologyKey:3=string!wr namespaceSelector:4=meta/v1.LabelSelector!p matchLabelKeys:5=[]string~atomic mismatchLabelKeys:6=[]string~atomic
PodAntiAffinity requiredDuringSchedulingIgnoredDuringExecution:1=[]PodAffinityTerm~atomic preferredDuringSchedulingIgnoredDuringExecution:2=[]WeightedPodAffinityTerm~atomic
PodAttachOptions@ stdin:1=bool stdout:2=bool stderr:3=bool tty:4=bool container:5=string
PodCertificateProjection signerName:1=string!r keyType:2=string!r maxExpirationSeconds:3=int32!p credentialBundlePath:4=string keyPath:5=string certificateChainPath:6=string userAnnotations:7={}string
PodCondition type:1=PodConditionType!wr observedGeneration:7=int64 status:2=ConditionStatus!wr lastProbeTime:3=time lastTransitionTime:4=time reason:5=string message:6=string
PodConditionType=
PodDNSConfig nameservers:1=[]string~atomic searches:2=[]string~atomic options:3=[]PodDNSConfigOption~atomic
PodDNSConfigOption name:1=string value:2=string!p
PodExecOptions@ stdin:1=bool stdout:2=bool stderr:3=bool tty:4=bool container:5=string command:6=[]string!wr~atomic
PodExtendedResourceClaimStatus requestMappings:1=[]ContainerExtendedResourceRequest!wr~atomic resourceClaimName:2=string!wr
PodFSGroupChangePolicy=Always|OnRootMismatch
PodIP ip:1=string!wr
PodLogOptions@ container:1=string follow:2=bool previous:3=bool sinceSeconds:4=int64!p sinceTime:5=time!p timestamps:6=bool tailLines:7=int64!p limitBytes:8=int64!p insecureSkipTLSVerifyBackend:9=bool stream:10=string!p
PodOS name:1=OSName!wr
PodPhase=Failed|Pending|Running|Succeeded|Unknown
PodPortForwardOptions@ ports:1=[]int32~atomic
PodProxyOptions@ path:1=string
PodQOSClass=BestEffort|Burstable|Guaranteed
PodReadinessGate conditionType:1=PodConditionType!wr
PodResizeStatus=
PodResourceClaim name:1=string!wr resourceClaimName:3=string!p resourceClaimTemplateName:4=string!p
PodResourceClaimStatus name:1=string!wr resourceClaimName:2=string!p
PodSELinuxChangePolicy=
PodSchedulingGate name:1=string!wr
PodSchedulingGroup podGroupName:1=string!p
PodSecurityContext seLinuxOptions:1=SELinuxOptions!p windowsOptions:8=WindowsSecurityContextOptions!p runAsUser:2=int64!p runAsGroup:6=int64!p runAsNonRoot:3=bool!p supplementalGroups:4=[]int64~atomic supplementalGroupsPolicy:12=SupplementalGroupsPolicy!p fsGroup:5=int64!p sysctls:7=[]Sysctl~atomic fsGroupChangePolicy:9=PodFSGroupChangePolicy!p seccompProfile:10=SeccompProfile!p appArmorProfile:11=AppArmorProfile!p seLinuxChangePolicy:13=PodSELinuxChangePolicy!p
PodSpec volumes:1=[]Volume~map(name)^+name initContainers:20=[]Container~map(name)^name containers:2=[]Container!wr~map(name)^name ephemeralContainers:34=[]EphemeralContainer~map(name)^name restartPolicy:3=RestartPolicy terminationGracePeriodSeconds:4=int64!p activeDeadlineSeconds:5=int64!p dnsPolicy:6=DNSPolicy nodeSelector:7={}string!a serviceAccountName:8=string serviceAccount:9=string automountServiceAccountToken:21=bool!p nodeName:10=string hostNetwork:11=bool hostPID:12=bool hostIPC:13=bool shareProcessNamespace:27=bool!p securityContext:14=PodSecurityContext!p imagePullSecrets:15=[]LocalObjectReference~map(name)^name hostname:16=string subdomain:17=string affinity:18=Affinity!p schedulerName:19=string tolerations:22=[]Toleration~atomic hostAliases:23=[]HostAlias~map(ip)^ip priorityClassName:24=string priority:25=int32!p dnsConfig:26=PodDNSConfig!p readinessGates:28=[]PodReadinessGate~atomic runtimeClassName:29=string!p enableServiceLinks:30=bool!p preemptionPolicy:31=PreemptionPolicy!p overhead:32={}quantity topologySpreadConstraints:33=[]TopologySpreadConstraint~map(topologyKey,whenUnsatisfiable)^topologyKey setHostnameAsFQDN:35=bool!p os:36=PodOS!p hostUsers:37=bool!p schedulingGates:38=[]PodSchedulingGate~map(name)^name resourceClaims:39=[]PodResourceClaim~map(name)^+name resources:40=ResourceRequirements!p hostnameOverride:41=string!p schedulingGroup:43=PodSchedulingGroup!p
PodStatus observedGeneration:17=int64 phase:1=PodPhase conditions:2=[]PodCondition~map(type)^type message:3=string reason:4=string nominatedNodeName:11=string hostIP:5=string hostIPs:16=[]HostIP~atomic^ip podIP:6=string podIPs:12=[]PodIP~map(ip)^ip startTime:7=time!p initContainerStatuses:10=[]ContainerStatus~atomic containerStatuses:8=[]ContainerStatus~atomic qosClass:9=PodQOSClass ephemeralContainerStatuses:13=[]ContainerStatus~atomic resize:14=PodResizeStatus resourceClaimStatuses:15=[]PodResourceClaimStatus~map(name)^+name extendedResourceClaimStatus:18=PodExtendedResourceClaimStatus!p allocatedResources:19={}quantity resources:20=ResourceRequirements!p nodeAllocatableResourceClaimStatuses:21=[]NodeAllocatableResourceClaimStatus~atomic
PodTemplate@ metadata:1=meta/v1.ObjectMeta template:2=PodTemplateSpec
PodTemplateSpec metadata:1=meta/v1.ObjectMeta spec:2=PodSpec
PortStatus port:1=int32!wr protocol:2=Protocol!wr error:3=string!p
PortworxVolumeSource volumeID:1=string!wr fsType:2=string readOnly:3=bool
PreemptionPolicy=Never|PreemptLowerPriority
PreferredSchedulingTerm weight:1=int32!wr preference:2=NodeSelectorTerm!wr
Probe +:1=ProbeHandler initialDelaySeconds:2=int32 timeoutSeconds:3=int32 periodSeconds:4=int32 successThreshold:5=int32 failureThreshold:6=int32 terminationGracePeriodSeconds:7=int64!p
ProbeHandler exec:1=ExecAction!p httpGet:2=HTTPGetAction!p tcpSocket:3=TCPSocketAction!p grpc:4=GRPCAction!p
ProcMountType=Default|Unmasked
ProjectedVolumeSource sources:1=[]VolumeProjection!w~atomic defaultMode:2=int32!p
Protocol=SCTP|TCP|UDP
PullPolicy=Always|IfNotPresent|Never
QuobyteVolumeSource registry:1=string!wr volume:2=string!wr readOnly:3=bool user:4=string group:5=string tenant:6=string
RBDPersistentVolumeSource monitors:1=[]string!wr~atomic image:2=string!wr fsType:3=string pool:4=string%"rbd" user:5=string%"admin" keyring:6=string%"/etc/ceph/keyring" secretRef:7=SecretReference!p readOnly:8=bool
RBDVolumeSource monitors:1=[]string!wr~atomic image:2=string!wr fsType:3=string pool:4=string%"rbd" user:5=string%"admin" keyring:6=string%"/etc/ceph/keyring" secretRef:7=LocalObjectReference!p readOnly:8=bool
RecursiveReadOnlyMode=
ReplicationController@ metadata:1=meta/v1.ObjectMeta spec:2=ReplicationControllerSpec status:3=ReplicationControllerStatus
ReplicationControllerCondition type:1=ReplicationControllerConditionType!wr status:2=ConditionStatus!wr lastTransitionTime:3=time reason:4=string message:5=string
ReplicationControllerConditionType=
ReplicationControllerSpec replicas:1=int32!p%1 minReadySeconds:4=int32%0 selector:2={}string!a template:3=PodTemplateSpec!p
ReplicationControllerStatus replicas:1=int32!wr fullyLabeledReplicas:2=int32 readyReplicas:4=int32 availableReplicas:5=int32 observedGeneration:3=int64 conditions:6=[]ReplicationControllerCondition~map(type)^type
ResourceClaim name:1=string!wr request:2=string
ResourceFieldSelector# containerName:1=string resource:2=string!wr divisor:3=quantity
ResourceHealth resourceID:1=ResourceID!wr health:2=ResourceHealthStatus message:6=string!p
ResourceHealthStatus=
ResourceID=
ResourceName=
ResourceQuota@ metadata:1=meta/v1.ObjectMeta spec:2=ResourceQuotaSpec status:3=ResourceQuotaStatus
ResourceQuotaScope=BestEffort|CrossNamespacePodAffinity|NotBestEffort|NotTerminating|PriorityClass|Terminating|VolumeAttributesClass
ResourceQuotaSpec hard:1={}quantity scopes:2=[]ResourceQuotaScope~atomic scopeSelector:3=ScopeSelector!p
ResourceQuotaStatus hard:1={}quantity used:2={}quantity
ResourceRequirements limits:1={}quantity requests:2={}quantity claims:3=[]ResourceClaim~map(name)
ResourceResizeRestartPolicy=
ResourceStatus name:1=ResourceName!wr resources:2=[]ResourceHealth~map(resourceID)
RestartPolicy=Always|Never|OnFailure
SELinuxOptions user:1=string role:2=string type:3=string level:4=string
ScaleIOPersistentVolumeSource gateway:1=string!wr system:2=string!wr secretRef:3=SecretReference!pwr sslEnabled:4=bool protectionDomain:5=string storagePool:6=string storageMode:7=string%"ThinProvisioned" volumeName:8=string fsType:9=string%"xfs" readOnly:10=bool
ScaleIOVolumeSource gateway:1=string!wr system:2=string!wr secretRef:3=LocalObjectReference!pwr sslEnabled:4=bool protectionDomain:5=string storagePool:6=string storageMode:7=string%"ThinProvisioned" volumeName:8=string fsType:9=string%"xfs" readOnly:10=bool
ScopeSelector# matchExpressions:1=[]ScopedResourceSelectorRequirement~atomic
ScopeSelectorOperator=DoesNotExist|Exists|In|NotIn
ScopedResourceSelectorRequirement scopeName:1=ResourceQuotaScope!wr operator:2=ScopeSelectorOperator!wr values:3=[]string~atomic
SeccompProfile type:1=SeccompProfileType!wr localhostProfile:2=string!p
SeccompProfileType=Localhost|RuntimeDefault|Unconfined
Secret@ metadata:1=meta/v1.ObjectMeta immutable:5=bool!p data:2={}bytes stringData:4={}string type:3=SecretType
SecretEnvSource +:1=LocalObjectReference optional:2=bool!p
SecretKeySelector# +:1=LocalObjectReference key:2=string!wr optional:3=bool!p
SecretProjection +:1=LocalObjectReference items:2=[]KeyToPath~atomic optional:4=bool!p
SecretReference# name:1=string namespace:2=string
SecretType=
SecretVolumeSource secretName:1=string items:2=[]KeyToPath~atomic defaultMode:3=int32!p optional:4=bool!p
SecurityContext capabilities:1=Capabilities!p privileged:2=bool!p seLinuxOptions:3=SELinuxOptions!p windowsOptions:10=WindowsSecurityContextOptions!p runAsUser:4=int64!p runAsGroup:8=int64!p runAsNonRoot:5=bool!p readOnlyRootFilesystem:6=bool!p allowPrivilegeEscalation:7=bool!p procMount:9=ProcMountType!p seccompProfile:11=SeccompProfile!p appArmorProfile:12=AppArmorProfile!p
Service@ metadata:1=meta/v1.ObjectMeta spec:2=ServiceSpec status:3=ServiceStatus
ServiceAccount@ metadata:1=meta/v1.ObjectMeta secrets:2=[]ObjectReference~map(name)^name imagePullSecrets:3=[]LocalObjectReference~atomic automountServiceAccountToken:4=bool!p
ServiceAccountTokenProjection audience:1=string expirationSeconds:2=int64!p path:3=string!wr
ServiceAffinity=ClientIP|None
ServiceExternalTrafficPolicy=Cluster|Local
ServiceInternalTrafficPolicy=Cluster|Local
ServicePort name:1=string protocol:2=Protocol%"TCP" appProtocol:6=string!p port:3=int32!wr targetPort:4=intorstring nodePort:5=int32
ServiceProxyOptions@ path:1=string
ServiceSpec ports:1=[]ServicePort~map(port,protocol)^port selector:2={}string!a clusterIP:3=string clusterIPs:18=[]string~atomic type:4=ServiceType externalIPs:5=[]string~atomic sessionAffinity:7=ServiceAffinity loadBalancerIP:8=string loadBalancerSourceRanges:9=[]string~atomic externalName:10=string externalTrafficPolicy:11=ServiceExternalTrafficPolicy healthCheckNodePort:12=int32 publishNotReadyAddresses:13=bool sessionAffinityConfig:14=SessionAffinityConfig!p ipFamilies:19=[]IPFamily~atomic ipFamilyPolicy:17=IPFamilyPolicy!p allocateLoadBalancerNodePorts:20=bool!p loadBalancerClass:21=string!p internalTrafficPolicy:22=ServiceInternalTrafficPolicy!p trafficDistribution:23=string!p
ServiceStatus loadBalancer:1=LoadBalancerStatus conditions:2=[]meta/v1.Condition~map(type)^type
ServiceType=ClusterIP|ExternalName|LoadBalancer|NodePort
SessionAffinityConfig clientIP:1=ClientIPConfig!p
Signal=SIGABRT|SIGALRM|SIGBUS|SIGCHLD|SIGCLD|SIGCONT|SIGFPE|SIGHUP|SIGILL|SIGINT|SIGIO|SIGIOT|SIGKILL|SIGPIPE|SIGPOLL|SIGPROF|SIGPWR|SIGQUIT|SIGRTMAX|SIGRTMAX-1|SIGRTMAX-10|SIGRTMAX-11|SIGRTMAX-12|SIGRTMAX-13|SIGRTMAX-14|SIGRTMAX-2|SIGRTMAX-3|SIGRTMAX-4|SIGRTMAX-5|SIGRTMAX-6|SIGRTMAX-7|SIGRTMAX-8|SIGRTMAX-9|SIGRTMIN|SIGRTMIN+1|SIGRTMIN+10|SIGRTMIN+11|SIGRTMIN+12|SIGRTMIN+13|SIGRTMIN+14|SIGRTMIN+15|SIGRTMIN+2|SIGRTMIN+3|SIGRTMIN+4|SIGRTMIN+5|SIGRTMIN+6|SIGRTMIN+7|SIGRTMIN+8|SIGRTMIN+9|SIGSEGV|SIGSTKFLT|SIGSTOP|SIGSYS|SIGTERM|SIGTRAP|SIGTSTP|SIGTTIN|SIGTTOU|SIGURG|SIGUSR1|SIGUSR2|SIGVTALRM|SIGWINCH|SIGXCPU|SIGXFSZ
SleepAction seconds:1=int64!wr
StorageMedium=
StorageOSPersistentVolumeSource volumeName:1=string volumeNamespace:2=string fsType:3=string readOnly:4=bool secretRef:5=ObjectReference!p
StorageOSVolumeSource volumeName:1=string volumeNamespace:2=string fsType:3=string readOnly:4=bool secretRef:5=LocalObjectReference!p
SupplementalGroupsPolicy=Merge|Strict
Sysctl name:1=string!wr value:2=string!wr
TCPSocketAction port:1=intorstring!wr host:2=string
Taint key:1=string!wr value:2=string effect:3=TaintEffect!wr timeAdded:4=time!p
TaintEffect=NoExecute|NoSchedule|PreferNoSchedule
TerminationMessagePolicy=FallbackToLogsOnError|File
Toleration key:1=string operator:2=TolerationOperator value:3=string effect:4=TaintEffect tolerationSeconds:5=int64!p
TolerationOperator=Equal|Exists|Gt|Lt
TopologySelectorLabelRequirement key:1=string!wr values:2=[]string!wr~atomic
TopologySelectorTerm# matchLabelExpressions:1=[]TopologySelectorLabelRequirement~atomic
TopologySpreadConstraint maxSkew:1=int32!wr topologyKey:2=string!wr whenUnsatisfiable:3=UnsatisfiableConstraintAction!wr labelSelector:4=meta/v1.LabelSelector!p minDomains:5=int32!p nodeAffinityPolicy:6=NodeInclusionPolicy!p nodeTaintsPolicy:7=NodeInclusionPolicy!p matchLabelKeys:8=[]string~atomic
TypedLocalObjectReference# apiGroup:1=string!pw kind:2=string!wr name:3=string!wr
TypedObjectReference apiGroup:1=string!pw kind:2=string!wr name:3=string!wr namespace:4=string!p
URIScheme=HTTP|HTTPS
UniqueVolumeName=
UnsatisfiableConstraintAction=DoNotSchedule|ScheduleAnyway
Volume name:1=string!wr +:2=VolumeSource
VolumeDevice name:1=string!wr devicePath:2=string!wr
VolumeMount name:1=string!wr readOnly:2=bool recursiveReadOnly:7=RecursiveReadOnlyMode!p mountPath:3=string!wr subPath:4=string mountPropagation:5=MountPropagationMode!p subPathExpr:6=string
VolumeMountStatus name:1=string!wr mountPath:2=string!wr readOnly:3=bool recursiveReadOnly:4=RecursiveReadOnlyMode!p volumeStatus:5=VolumeStatus!p
VolumeNodeAffinity required:1=NodeSelector!p
VolumeProjection secret:1=SecretProjection!p downwardAPI:2=DownwardAPIProjection!p configMap:3=ConfigMapProjection!p serviceAccountToken:4=ServiceAccountTokenProjection!p clusterTrustBundle:5=ClusterTrustBundleProjection!p podCertificate:6=PodCertificateProjection!p
VolumeResourceRequirements limits:1={}quantity requests:2={}quantity
VolumeSource hostPath:1=HostPathVolumeSource!p emptyDir:2=EmptyDirVolumeSource!p gcePersistentDisk:3=GCEPersistentDiskVolumeSource!p awsElasticBlockStore:4=AWSElasticBlockStoreVolumeSource!p gitRepo:5=GitRepoVolumeSource!p secret:6=SecretVolumeSource!p nfs:7=NFSVolumeSource!p iscsi:8=ISCSIVolumeSource!p glusterfs:9=GlusterfsVolumeSource!p persistentVolumeClaim:10=PersistentVolumeClaimVolumeSource!p rbd:11=RBDVolumeSource!p flexVolume:12=FlexVolumeSource!p cinder:13=CinderVolumeSource!p cephfs:14=CephFSVolumeSource!p flocker:15=FlockerVolumeSource!p downwardAPI:16=DownwardAPIVolumeSource!p fc:17=FCVolumeSource!p azureFile:18=AzureFileVolumeSource!p configMap:19=ConfigMapVolumeSource!p vsphereVolume:20=VsphereVirtualDiskVolumeSource!p quobyte:21=QuobyteVolumeSource!p azureDisk:22=AzureDiskVolumeSource!p photonPersistentDisk:23=PhotonPersistentDiskVolumeSource!p projected:26=ProjectedVolumeSource!p portworxVolume:24=PortworxVolumeSource!p scaleIO:25=ScaleIOVolumeSource!p storageos:27=StorageOSVolumeSource!p csi:28=CSIVolumeSource!p ephemeral:29=EphemeralVolumeSource!p image:30=ImageVolumeSource!p
VolumeStatus image:1=ImageVolumeStatus!p
VsphereVirtualDiskVolumeSource volumePath:1=string!wr fsType:2=string storagePolicyName:3=string storagePolicyID:4=string
WeightedPodAffinityTerm weight:1=int32!wr podAffinityTerm:2=PodAffinityTerm!wr
WindowsSecurityContextOptions gmsaCredentialSpecName:1=string!p gmsaCredentialSpec:2=string!p runAsUserName:3=string!p hostProcess:4=bool!p
`,
} as const
