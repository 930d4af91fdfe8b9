/** How far a feature has come. */
export type Stage = 'alpha' | 'beta' | 'GA' | 'deprecated'

export interface Gate {
  readonly stage: Stage
  readonly on: boolean
  /** It can be set to nothing else. */
  readonly locked: boolean
}

const names = (text: string): readonly string[] => text.trim().split(/\s+/)

/** Feature gates that a kubelet 1.36 takes. Each component takes those of all, so most say nothing of a node. */
const table: readonly { readonly gate: Gate; readonly names: readonly string[] }[] = [
  {
    gate: { stage: 'alpha', on: false, locked: false },
    names: names(`
      AllAlpha APIServingWithRoutine AllowUnsafeMalformedObjectDeletion CBORServingAndStorage CPUManagerPolicyAlphaOptions CRIListStreaming CSIVolumeHealth
      ClientsAllowCBOR ClientsPreferCBOR CloudControllerManagerWatchBasedRoutesReconciliation CloudControllerManagerWebhook ContainerStopSignals
      ControllerManagerReleaseLeaderElectionLockOnExit CrossNamespaceVolumeDataSource DRAListTypeAttributes DRANodeAllocatableResources DRAResourcePoolStatus
      DRAWorkloadResourceClaims EventedPLEG GangScheduling GenericWorkload HPAScaleToZero ImageVolumeWithDigest InPlacePodVerticalScalingExclusiveCPUs
      InPlacePodVerticalScalingExclusiveMemory KubeletInUserNamespace LoggingAlphaOptions ManifestBasedAdmissionControlConfig MemoryQoS MutablePVNodeAffinity
      NativeHistograms PersistentVolumeClaimUnusedSinceTime PodAndContainerStatsFromCRI PodLevelResourceManagers PodLogsQuerySplitStreams PodsAPI QOSReserved
      ReduceDefaultCrashLoopBackOffDecay RuntimeClassInImageCriApi ShardedListAndWatch StorageCapacityScoring StorageVersionAPI
      TaintTolerationComparisonOperators TopologyAwareWorkloadScheduling TopologyManagerPolicyAlphaOptions UserNamespacesHostNetworkSupport
      VolumeLimitScaling WindowsCPUAndMemoryAffinity WorkloadAwarePreemption WorkloadWithJob`),
  },
  {
    gate: { stage: 'beta', on: false, locked: false },
    names: names(`
      AllBeta ClusterTrustBundle ClusterTrustBundleProjection ConcurrentWatchObjectDecode CoordinatedLeaderElection DRADeviceTaintRules
      LocalStorageCapacityIsolationFSQuotaMonitoring MaxUnavailableStatefulSet PodCertificateRequest SELinuxMount SchedulerAsyncAPICalls
      StorageVersionMigrator`),
  },
  {
    gate: { stage: 'beta', on: true, locked: false },
    names: names(`
      APIResponseCompression APIServerIdentity AllowParsingUserUIDFromCertAuth AtomicFIFO AuthorizePodWebsocketUpgradeCreatePermission
      CPUManagerPolicyBetaOptions CRDObservedGenerationTracking ClearingNominatedNodeNameAfterBinding ClientsAllowCARotation ClientsAllowTLSCacheGC
      ComponentFlagz ComponentStatusz ConstrainedImpersonation ContainerCheckpoint ContainerRestartRules ContextualLogging DRAConsumableCapacity
      DRADeviceBindingConditions DRADeviceTaints DRAExtendedResource DRAPartitionableDevices DRAResourceClaimDeviceStatus
      DRAResourceClaimGranularStatusAuthorization DRASchedulerFilterTimeout DeclarativeValidationBeta DeploymentReplicaSetTerminatingReplicas
      DetectCacheInconsistency EnvFiles ExtendWebSocketsToKubelet GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority HPAConfigurableTolerance
      HostnameOverride InOrderInformersBatchProcess InPlacePodLevelResourcesVerticalScaling InPlacePodVerticalScalingInitContainers
      KubeletCrashLoopBackOffMax KubeletEnsureSecretPulledImages KubeletSeparateDiskGC KubeletServiceAccountTokenForCredentialProviders
      ListFromCacheSnapshot LoggingBetaOptions MatchLabelKeysInPodTopologySpread MatchLabelKeysInPodTopologySpreadSelectorMerge
      MutablePodResourcesForSuspendedJobs MutableSchedulingDirectivesForSuspendedJobs NodeDeclaredFeatures NominatedNodeNameForExpectation OpenAPIEnums
      OpportunisticBatching PLEGOnDemandRelist PodDeletionCost PodLevelResources PodReadyToStartContainersCondition PodTopologyLabelsAdmission
      PortForwardWebsockets PreventStaticPodAPIReferences RelaxedServiceNameValidation ReloadKubeletClientCAFile ReloadKubeletServerCertificateFile
      RemoteRequestHeaderUID ResourceHealthStatus ResourceHealthStatusMessage RestartAllContainersOnContainerExits RotateKubeletServerCertificate
      SchedulerAsyncPreemption SchedulerPopFromBackoffQ ServiceAccountNodeAudienceRestriction SizeBasedListCostEstimate
      StaleControllerConsistencyDaemonSet StaleControllerConsistencyJob StaleControllerConsistencyReplicaSet StaleControllerConsistencyStatefulSet
      StatefulSetSemanticRevisionComparison StorageVersionHash StrictIPCIDRValidation StructuredAuthenticationConfigurationEgressSelector
      StructuredAuthenticationConfigurationJWKSMetrics TokenRequestServiceAccountUIDValidation TopologyManagerPolicyBetaOptions
      TranslateStreamCloseWebsocketRequests UnauthenticatedHTTP2DOSMitigation UnknownVersionInteroperabilityProxy UnlockWhileProcessingFIFO
      WatchCacheInitializationPostStartHook WatchList WatchListClient WindowsGracefulNodeShutdown`),
  },
  {
    gate: { stage: 'GA', on: true, locked: false },
    names: names('AllowServiceExternalIPs CustomCPUCFSQuotaPeriod DRAPrioritizedList InOrderInformers InformerResourceVersion MutatingAdmissionPolicy'),
  },
  {
    gate: { stage: 'GA', on: true, locked: true },
    names: names(`
      APIServerTracing AnonymousAuthConfigurableEndpoints AnyVolumeDataSource AuthorizeNodeWithSelectors AuthorizeWithSelectors BtreeWatchCache
      CPUManagerPolicyOptions CRDValidationRatcheting CSIServiceAccountTokenSecrets ConsistentListFromCache CustomResourceFieldSelectors DRAAdminAccess
      DeclarativeValidation DisableAllocatorDualWrite DynamicResourceAllocation ExecProbeTimeout ExternalServiceAccountTokenSigner ImageMaximumGCAge
      ImageVolume InPlacePodVerticalScaling JobBackoffLimitPerIndex JobManagedBy JobPodReplacementPolicy JobSuccessPolicy KubeletCgroupDriverFromCRI
      KubeletFineGrainedAuthz KubeletPSI KubeletPodResourcesDynamicResources KubeletPodResourcesGet KubeletTracing LogarithmicScaleDown
      MatchLabelKeysInPodAffinity MultiCIDRServiceAllocator MutableCSINodeAllocatableCount NFTablesProxyMode NodeInclusionPolicyInPodTopologySpread
      NodeLogQuery NodeSwap OrderedNamespaceDeletion PodLifecycleSleepAction PodLifecycleSleepActionAllowZero PodObservedGenerationTracking
      PodSchedulingReadiness PreferSameTrafficDistribution ProcMountType RecoverVolumeExpansionFailure RecursiveReadOnlyMounts RelaxedDNSSearchValidation
      RelaxedEnvironmentVariableValidation ResilientWatchCacheInitialization RetryGenerateName SELinuxChangePolicy SELinuxMountReadWriteOncePod
      SchedulerQueueingHints SeparateTaintEvictionController ServiceAccountTokenJTI ServiceAccountTokenNodeBinding
      ServiceAccountTokenNodeBindingValidation ServiceAccountTokenPodNodeInfo SidecarContainers StreamingCollectionEncodingToJSON
      StreamingCollectionEncodingToProtobuf StructuredAuthenticationConfiguration SupplementalGroupsPolicy SystemdWatchdog TopologyManagerPolicyOptions
      UserNamespacesSupport VolumeAttributesClass WinDSR WinOverlay`),
  },
  {
    gate: { stage: 'deprecated', on: false, locked: false },
    names: names(`
      AllowDNSOnlyNodeCSR AllowInsecureKubeletCertificateSigningRequests ChangeContainerStatusOnKubeletRestart DeclarativeValidationTakeover KMSv1
      KubeletRegistrationGetOnExistsOnly WindowsHostNetwork`),
  },
  {
    gate: { stage: 'deprecated', on: true, locked: false },
    names: names('DisableCPUQuotaWithExclusiveCPUs KubeletPodResourcesListUseActivePods ServiceCIDRStatusFieldWiping StorageNamespaceIndex'),
  },
  {
    gate: { stage: 'deprecated', on: false, locked: true },
    names: names('AllowOverwriteTerminationGracePeriodSeconds GitRepoVolumeDriver SeparateCacheWatchRPC'),
  },
  { gate: { stage: 'deprecated', on: true, locked: true }, names: names('AggregatedDiscoveryRemoveBetaType DisableNodeKubeProxyVersion') },
]

export const knownGates: ReadonlyMap<string, Gate> = new Map(table.flatMap(({ gate, names }) => names.map((name) => [name, gate] as const)))

/** What may only be on beside others that are. */
export const gateNeeds: Readonly<Record<string, readonly string[]>> = {
  ClusterTrustBundleProjection: ['ClusterTrustBundle'],
  DRADeviceBindingConditions: ['DRAResourceClaimDeviceStatus'],
  DRADeviceTaintRules: ['DRADeviceTaints'],
  DRAResourceClaimGranularStatusAuthorization: ['DRAResourceClaimDeviceStatus'],
  DRAWorkloadResourceClaims: ['GenericWorkload'],
  EventedPLEG: ['PLEGOnDemandRelist'],
  ExtendWebSocketsToKubelet: ['NodeDeclaredFeatures'],
  GracefulNodeShutdownBasedOnPodPriority: ['GracefulNodeShutdown'],
  InPlacePodLevelResourcesVerticalScaling: ['NodeDeclaredFeatures', 'PodLevelResources'],
  InPlacePodVerticalScalingInitContainers: ['NodeDeclaredFeatures'],
  MatchLabelKeysInPodTopologySpreadSelectorMerge: ['MatchLabelKeysInPodTopologySpread'],
  PodLevelResourceManagers: ['PodLevelResources'],
  ResourceHealthStatusMessage: ['ResourceHealthStatus'],
  RestartAllContainersOnContainerExits: ['ContainerRestartRules', 'NodeDeclaredFeatures'],
  StaleControllerConsistencyDaemonSet: ['AtomicFIFO'],
  StaleControllerConsistencyJob: ['AtomicFIFO'],
  StaleControllerConsistencyReplicaSet: ['AtomicFIFO'],
  StaleControllerConsistencyStatefulSet: ['AtomicFIFO'],
  StorageVersionAPI: ['APIServerIdentity'],
  TopologyAwareWorkloadScheduling: ['GenericWorkload'],
  UnknownVersionInteroperabilityProxy: ['APIServerIdentity'],
  UserNamespacesHostNetworkSupport: ['NodeDeclaredFeatures'],
  WindowsGracefulNodeShutdown: ['GracefulNodeShutdown'],
  WorkloadWithJob: ['GenericWorkload'],
}

/** Gates of older kubelets, which one of 1.36 does not know any more; unit files and configurations still have them. */
export const goneGates: ReadonlySet<string> = new Set(
  names(`
    APIListChunking APIPriorityAndFairness APISelfSubjectReview Accelerators AdmissionWebhookMatchConditions AdvancedAuditing AffinityInAnnotations
    AggregatedDiscoveryEndpoint AllowExtTrafficLocalEndpoints AllowInsecureBackendProxy AllowServiceLBStatusOnNonLB AppArmor AppArmorFields
    AttachVolumeLimit BalanceAttachedNodeVolumes BlockVolume BoundServiceAccountTokenVolume CPUManager CRIContainerLogRotation CSIBlockVolume
    CSIDriverRegistry CSIInlineVolume CSIMigration CSIMigrationAWS CSIMigrationAWSComplete CSIMigrationAzureDisk CSIMigrationAzureDiskComplete
    CSIMigrationAzureFile CSIMigrationAzureFileComplete CSIMigrationGCE CSIMigrationGCEComplete CSIMigrationOpenStack CSIMigrationOpenStackComplete
    CSIMigrationPortworx CSIMigrationRBD CSIMigrationvSphere CSIMigrationvSphereComplete CSINodeExpandSecret CSINodeInfo CSIPersistentVolume
    CSIServiceAccountToken CSIStorageCapacity CSIVolumeFSGroupPolicy CSRDuration CloudDualStackNodeIPs ComponentSLIs ConfigurableFSGroupPolicy
    ConsistentHTTPGetHandlers ControllerManagerLeaderMigration CronJobControllerV2 CronJobTimeZone CronJobsScheduledAnnotation CustomPodDNS
    CustomResourceDefaulting CustomResourcePublishOpenAPI CustomResourceSubresources CustomResourceValidation CustomResourceValidationExpressions
    CustomResourceWebhookConversion DRAControlPlaneController DaemonSetUpdateSurge DebugContainers DefaultHostNetworkHostPortsInPodTemplates
    DefaultPodTopologySpread DelegateFSGroupToCSIDriver DevicePluginCDIDevices DevicePlugins DisableAcceleratorUsageMetrics DisableCloudProviders
    DisableKubeletCloudCredentialProviders DownwardAPIHugePages DryRun DynamicAuditing DynamicKubeletConfig DynamicProvisioningScheduling
    DynamicVolumeProvisioning EfficientWatchResumption ElasticIndexedJob EnableAggregatedDiscoveryTimeout EnableEquivalenceClassCache EndpointSlice
    EndpointSliceNodeName EndpointSliceProxying EndpointSliceTerminatingCondition EphemeralContainers EvenPodsSpread ExpandCSIVolumes
    ExpandInUsePersistentVolumes ExpandPersistentVolumes ExpandedDNSConfig ExperimentalCriticalPodAnnotation ExperimentalHostUserNamespaceDefaulting
    ExternalPolicyForExternalIP GCERegionalPersistentDisk GRPCContainerProbe GenericEphemeralVolume HPAContainerMetrics HonorPVReclaimPolicy HugePages
    HugePageStorageMediumSize HyperVContainer IPTablesOwnershipCleanup IPv6DualStack IdentifyPodOS ImmutableEphemeralVolumes
    InPlacePodVerticalScalingAllocatedStatus InTreePluginAWSUnregister InTreePluginAzureDiskUnregister InTreePluginAzureFileUnregister
    InTreePluginGCEUnregister InTreePluginOpenStackUnregister InTreePluginPortworxUnregister InTreePluginRBDUnregister InTreePluginvSphereUnregister
    IndexedJob IngressClassNamespacedParams Initializers JobMutableNodeSchedulingDirectives JobPodFailurePolicy JobReadyPods JobTrackingWithFinalizers
    KMSv2 KMSv2KDF KubeProxyDrainingTerminatingNodes KubeletConfigFile KubeletCredentialProviders KubeletPluginsWatcher KubeletPodResources
    KubeletPodResourcesGetAllocatable LegacyNodeRoleBehavior LegacyServiceAccountTokenCleanUp LegacyServiceAccountTokenNoAutoGeneration
    LegacyServiceAccountTokenTracking LoadBalancerIPMode LocalStorageCapacityIsolation MemoryManager MinDomainsInPodTopologySpread
    MinimizeIPTablesRestore MixedProtocolLBService MountContainers MountPropagation MultiCIDRRangeAllocator NamespaceDefaultLabelName
    NetworkPolicyEndPort NetworkPolicyStatus NewVolumeManagerReconstruction NodeDisruptionExclusion NodeLease NodeOutOfServiceVolumeDetach
    NonPreemptingPriority OpenAPIV3 PDBUnhealthyPodEvictionPolicy PVCProtection PersistentLocalVolumes PersistentVolumeLastPhaseTransitionTime
    PodAffinityNamespaceSelector PodDisruptionBudget PodDisruptionConditions PodHasNetworkCondition PodHostIPs PodIndexLabel PodOverhead PodPriority
    PodReadinessGates PodSecurity PodShareProcessNamespace PreferAlignCpusByUncoreCache PreferNominatedNode ProbeTerminationGracePeriod
    ProxyTerminatingEndpoints ReadWriteOncePod RemainingItemCount RemoveSelfLink RequestManagement ResourceLimitsPriorityFunction ResourceQuotaScopeSelectors
    RetroactiveDefaultStorageClass RootCAConfigMap RotateKubeletClientCertificate RunAsGroup RuntimeClass SCTPSupport ScheduleDaemonSetPods SeccompDefault
    SecurityContextDeny SelectorIndex ServerSideApply ServerSideFieldValidation ServiceAccountIssuerDiscovery ServiceAppProtocol
    ServiceIPStaticSubrange ServiceInternalTrafficPolicy ServiceLBNodePortControl ServiceLoadBalancerClass ServiceLoadBalancerFinalizer
    ServiceNodeExclusion ServiceNodePortStaticSubrange ServiceTopology ServiceTrafficDistribution SetHostnameAsFQDN SizeMemoryBackedVolumes
    SkipReadOnlyValidationGCE StableLoadBalancerNodeSet StartupProbe StatefulSetAutoDeletePVC StatefulSetMinReadySeconds StatefulSetStartOrdinal
    StorageObjectInUseProtection StreamingProxyRedirects StrictCostEnforcementForVAP StrictCostEnforcementForWebhooks
    StructuredAuthorizationConfiguration SupportIPVSProxyMode SupportNodePidsLimit SupportPodPidsLimit SuspendJob Sysctls TTLAfterFinished
    TaintBasedEvictions TaintNodesByCondition TokenRequest TokenRequestProjection TopologyAwareHints TopologyManager UserNamespacesPodSecurityStandards
    UserNamespacesStatelessPodsSupport ValidateProxyRedirects ValidatingAdmissionPolicy VolumeCapacityPriority VolumePVCDataSource VolumeScheduling
    VolumeSnapshotDataSource VolumeSubpath VolumeSubpathEnvExpansion WarningHeaders WatchBookmark WatchFromStorageWithoutResourceVersion
    WindowsEndpointSliceProxying WindowsGMSA WindowsHostProcessContainers WindowsRunAsUserName ZeroLimitedNominalConcurrencyShares`),
)
