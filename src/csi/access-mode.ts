import { accessModeNumber as mode } from '../protobuf/csi.ts'

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
