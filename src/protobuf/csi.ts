import { bool, int32, int64, type Method, map, message, messages, string, strings } from './table.ts'

const capability = {
  block: message(1, {}),
  mount: message(2, { fsType: string(1), mountFlags: strings(2), volumeMountGroup: string(3) }),
  accessMode: message(3, { mode: int32(1) }),
} as const

/** The Node service of the Container Storage Interface 1.x (csi.proto). */
export const node = {
  getInfo: {
    path: '/csi.v1.Node/NodeGetInfo',
    request: {},
    response: { nodeId: string(1), maxVolumesPerNode: int64(2), accessibleTopology: message(3, { segments: map(1) }) },
  },
  getCapabilities: {
    path: '/csi.v1.Node/NodeGetCapabilities',
    request: {},
    response: { capabilities: messages(1, { rpc: message(1, { type: int32(1) }) }) },
  },
  stage: {
    path: '/csi.v1.Node/NodeStageVolume',
    request: {
      volumeId: string(1),
      publishContext: map(2),
      stagingTargetPath: string(3),
      volumeCapability: message(4, capability),
      secrets: map(5),
      volumeContext: map(6),
    },
    response: {},
  },
  unstage: { path: '/csi.v1.Node/NodeUnstageVolume', request: { volumeId: string(1), stagingTargetPath: string(2) }, response: {} },
  publish: {
    path: '/csi.v1.Node/NodePublishVolume',
    request: {
      volumeId: string(1),
      publishContext: map(2),
      stagingTargetPath: string(3),
      targetPath: string(4),
      volumeCapability: message(5, capability),
      readonly: bool(6),
      secrets: map(7),
      volumeContext: map(8),
    },
    response: {},
  },
  unpublish: { path: '/csi.v1.Node/NodeUnpublishVolume', request: { volumeId: string(1), targetPath: string(2) }, response: {} },
  stats: {
    path: '/csi.v1.Node/NodeGetVolumeStats',
    request: { volumeId: string(1), volumePath: string(2) },
    response: { usage: messages(1, { available: int64(1), total: int64(2), used: int64(3), unit: int32(4) }) },
  },
  expand: {
    path: '/csi.v1.Node/NodeExpandVolume',
    request: {
      volumeId: string(1),
      volumePath: string(2),
      capacityRange: message(3, { requiredBytes: int64(1), limitBytes: int64(2) }),
      stagingTargetPath: string(4),
      volumeCapability: message(5, capability),
      secrets: map(6),
    },
    response: { capacityBytes: int64(1) },
  },
} as const satisfies Record<string, Method>

/** NodeServiceCapability.RPC.Type */
export const nodeCapability = { stageUnstage: 1, volumeStats: 2, expandVolume: 3, singleNodeMultiWriter: 5, volumeMountGroup: 6 } as const

/** VolumeUsage.Unit */
export const usageUnit = { bytes: 1, inodes: 2 } as const

/** VolumeCapability.AccessMode.Mode */
export const accessModeNumber = { singleNodeWriter: 1, multiNodeReader: 3, multiNodeWriter: 5, singleNodeSingleWriter: 6, singleNodeMultiWriter: 7 } as const
