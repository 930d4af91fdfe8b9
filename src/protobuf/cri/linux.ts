import { bool, int32, int64, map, message, messages, string, strings, uint32, uint64 } from '../table.ts'

/** Parts of CRI's messages (k8s.io/cri-api, runtime.v1) that sandboxes and containers share. */
export const idMapping = { hostId: uint32(1), containerId: uint32(2), length: uint32(3) } as const

/** NamespaceMode */
export const namespaceMode = { pod: 0, container: 1, node: 2, target: 3 } as const

export const namespaceOption = {
  network: int32(1),
  pid: int32(2),
  ipc: int32(3),
  targetId: string(4),
  usernsOptions: message(5, { mode: int32(1), uids: messages(2, idMapping), gids: messages(3, idMapping) }),
} as const

export const int64Value = { value: int64(1) } as const
export const uint64Value = { value: uint64(1) } as const

/** SecurityProfile.ProfileType */
export const profileType = { runtimeDefault: 0, unconfined: 1, localhost: 2 } as const
export const securityProfile = { profileType: int32(1), localhostRef: string(2) } as const

export const seLinuxOption = { user: string(1), role: string(2), type: string(3), level: string(4) } as const

/** SupplementalGroupsPolicy */
export const supplementalGroupsPolicy = { merge: 0, strict: 1 } as const

export const linuxContainerResources = {
  cpuPeriod: int64(1),
  cpuQuota: int64(2),
  cpuShares: int64(3),
  memoryLimitInBytes: int64(4),
  oomScoreAdj: int64(5),
  cpusetCpus: string(6),
  cpusetMems: string(7),
  hugepageLimits: messages(8, { pageSize: string(1), limit: uint64(2) }),
  unified: map(9),
  memorySwapLimitInBytes: int64(10),
} as const

export const imageSpec = {
  image: string(1),
  annotations: map(2),
  userSpecifiedImage: string(18),
  runtimeHandler: string(19),
  imageRef: string(20),
} as const

/** MountPropagation */
export const mountPropagation = { private: 0, hostToContainer: 1, bidirectional: 2 } as const
export const mount = {
  containerPath: string(1),
  hostPath: string(2),
  readonly: bool(3),
  selinuxRelabel: bool(4),
  propagation: int32(5),
  uidMappings: messages(6, idMapping),
  gidMappings: messages(7, idMapping),
  recursiveReadOnly: bool(8),
  image: message(9, imageSpec),
  imageSubPath: string(10),
} as const

export const capability = { addCapabilities: strings(1), dropCapabilities: strings(2), addAmbientCapabilities: strings(3) } as const
