import type { CsiPod, CsiVolume } from '../../../src/csi/volume.ts'

/** To `node/csi`. Publish and unpublish are asked and answer `CsiAnswer`. */
export type CsiMessage =
  /** `directory`: `<pod>/volumes/kubernetes.io~csi/<name>`. Safe to be asked again. */
  | { readonly type: 'PublishCsi'; readonly volume: CsiVolume; readonly pod: CsiPod; readonly directory: string }
  /** Undoes all that a pod's directory has of CSI. */
  | { readonly type: 'UnpublishCsi'; readonly podDirectory: string }
  /** The registry's directory may have changed. */
  | { readonly type: 'ScanRegistry' }
  /** Its own timer: the CSINode object is not yet as it should be. */
  | { readonly type: 'ReportDrivers' }

export type CsiAnswer = { readonly ok: true } | { readonly ok: false; readonly message: string; readonly away: boolean }
