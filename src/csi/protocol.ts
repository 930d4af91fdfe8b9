import type { Schema } from './wire.ts'

/** A method of a gRPC service: its path and both messages. */
export interface Method {
  readonly path: string
  readonly request: Schema
  readonly response: Schema
}

const string = (no: number) => ({ no, type: 'string' }) as const
const bool = (no: number) => ({ no, type: 'bool' }) as const
const int = (no: number) => ({ no, type: 'int' }) as const
const map = (no: number) => ({ no, type: 'map' }) as const
const strings = (no: number) => ({ no, type: 'string', repeated: true }) as const

/** kubelet's plugin registration, k8s.io/kubelet/pkg/apis/pluginregistration/v1. */
export const registration = {
  getInfo: {
    path: '/pluginregistration.Registration/GetInfo',
    request: {},
    response: { type: string(1), name: string(2), endpoint: string(3), supportedVersions: strings(4) },
  },
  notify: {
    path: '/pluginregistration.Registration/NotifyRegistrationStatus',
    request: { pluginRegistered: bool(1), error: string(2) },
    response: {},
  },
} as const satisfies Record<string, Method>

const capability: Schema = {
  block: { no: 1, type: {} },
  mount: { no: 2, type: { fsType: string(1), mountFlags: strings(2), volumeMountGroup: string(3) } },
  accessMode: { no: 3, type: { mode: int(1) } },
}

/** The Node service of the Container Storage Interface 1.x (csi.proto). */
export const node = {
  getInfo: {
    path: '/csi.v1.Node/NodeGetInfo',
    request: {},
    response: { nodeId: string(1), maxVolumesPerNode: int(2), accessibleTopology: { no: 3, type: { segments: map(1) } } },
  },
  getCapabilities: {
    path: '/csi.v1.Node/NodeGetCapabilities',
    request: {},
    response: { capabilities: { no: 1, type: { rpc: { no: 1, type: { type: int(1) } } }, repeated: true } },
  },
  stage: {
    path: '/csi.v1.Node/NodeStageVolume',
    request: {
      volumeId: string(1),
      publishContext: map(2),
      stagingTargetPath: string(3),
      volumeCapability: { no: 4, type: capability },
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
      volumeCapability: { no: 5, type: capability },
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
    response: { usage: { no: 1, type: { available: int(1), total: int(2), used: int(3), unit: int(4) }, repeated: true } },
  },
  expand: {
    path: '/csi.v1.Node/NodeExpandVolume',
    request: {
      volumeId: string(1),
      volumePath: string(2),
      capacityRange: { no: 3, type: { requiredBytes: int(1), limitBytes: int(2) } },
      stagingTargetPath: string(4),
      volumeCapability: { no: 5, type: capability },
      secrets: map(6),
    },
    response: { capacityBytes: int(1) },
  },
} as const satisfies Record<string, Method>

/** NodeServiceCapability.RPC.Type */
export const nodeCapability = { stageUnstage: 1, volumeStats: 2, expandVolume: 3, singleNodeMultiWriter: 5, volumeMountGroup: 6 } as const

/** VolumeUsage.Unit */
export const usageUnit = { bytes: 1, inodes: 2 } as const

/** VolumeCapability.AccessMode.Mode */
const mode = { singleNodeWriter: 1, multiNodeReader: 3, multiNodeWriter: 5, singleNodeSingleWriter: 6, singleNodeMultiWriter: 7 } as const

/**
 * The mode for a PersistentVolume's access modes, of which the first counts (kubelet 1.32). A driver that tells writers of one node apart hears whether
 * there is one pod or several.
 */
export function accessMode([first]: readonly string[], tellsWritersApart: boolean): number {
  switch (first) {
    case 'ReadWriteMany':
      return mode.multiNodeWriter
    case 'ReadOnlyMany':
      return mode.multiNodeReader
    case 'ReadWriteOncePod':
      return tellsWritersApart ? mode.singleNodeSingleWriter : mode.singleNodeWriter
    default:
      return tellsWritersApart ? mode.singleNodeMultiWriter : mode.singleNodeWriter
  }
}
