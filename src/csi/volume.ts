/** What the node needs to know of a CSI volume; plain data, since pods ask from other threads. */
export interface CsiVolume {
  readonly driver: string
  readonly volumeHandle: string
  /** The PersistentVolume's name, or the volume's in an inline (ephemeral) one. */
  readonly name: string
  readonly inline: boolean
  readonly readOnly: boolean
  readonly fsType: string
  readonly attributes: Readonly<Record<string, string>>
  readonly accessModes: readonly string[]
  readonly mountOptions: readonly string[]
  readonly stageSecret?: { readonly namespace: string; readonly name: string }
  readonly publishSecret?: { readonly namespace: string; readonly name: string }
  readonly expandSecret?: { readonly namespace: string; readonly name: string }
  /** A raw device, not a file system. */
  readonly block?: boolean
  /** What the PersistentVolume has room for, as a quantity; absent in an inline one. */
  readonly capacity?: string
  /** The claim that it is bound to; `capacity` is what its status says. */
  readonly claim?: { readonly namespace: string; readonly name: string; readonly capacity?: string }
}

/** The pod that a volume is published for. */
export interface CsiPod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly serviceAccount: string
  readonly fsGroup?: number
  readonly fsGroupChangePolicy?: string
}

/** `vol_data.json` beside a published volume, as the kubelet writes it: enough to undo it after a restart. */
export interface CsiVolumeData {
  readonly driverName: string
  readonly volumeHandle: string
  readonly specVolID: string
  readonly volumeLifecycleMode: 'Persistent' | 'Ephemeral'
}

/** The directory below a pod that holds its CSI volumes. */
export const csiPlugin = 'kubernetes.io~csi'
