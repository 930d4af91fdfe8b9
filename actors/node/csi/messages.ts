import type { CsiPod, CsiVolume } from '../../../src/csi/volume.ts'

/** To `node/csi`. The first three are asked, and answer `CsiAnswer`. */
export type CsiMessage =
  /** Safe to be asked again. */
  | { readonly type: 'PublishCsi'; readonly volume: CsiVolume; readonly pod: CsiPod; readonly podDirectory: string }
  /** Publishes again what the driver wants so, and expands what has grown. */
  | { readonly type: 'RefreshCsi'; readonly volume: CsiVolume; readonly pod: CsiPod; readonly podDirectory: string }
  /** Undoes all that a pod's directory has of CSI. */
  | { readonly type: 'UnpublishCsi'; readonly podDirectory: string }
  /** Asked; answers `FilesystemStats`, undefined when the driver tells none. */
  | { readonly type: 'StatCsi'; readonly driver: string; readonly volumeHandle: string; readonly path: string }
  /** The registry's directory may have changed. */
  | { readonly type: 'ScanRegistry' }
  /** Its own timer: the CSINode object is not yet as it should be. */
  | { readonly type: 'ReportDrivers' }

export type CsiAnswer =
  | {
      readonly ok: true
      /** Where a pod's containers find it; '' when nothing was published. */
      readonly path: string
      /** It is to be refreshed now and then. */
      readonly refreshes: boolean
    }
  | { readonly ok: false; readonly message: string; readonly step: CsiStep; readonly away: boolean }

/** What could not be done. */
export type CsiStep = 'attach' | 'stage' | 'publish' | 'expand'
