import type { Kind } from '../kind.ts'
import { csiDrivers } from './csi-drivers.ts'
import { csiNodes } from './csi-nodes.ts'
import { csiStorageCapacities } from './csi-storage-capacities.ts'
import { storageClasses } from './storage-classes.ts'
import { volumeAttachments } from './volume-attachments.ts'
import { volumeAttributesClasses } from './volume-attributes-classes.ts'

export const storageKinds: readonly Kind[] = [csiDrivers, csiNodes, csiStorageCapacities, storageClasses, volumeAttachments, volumeAttributesClasses]
