import type { Kind } from '../kind.ts'
import { csiDrivers } from './csi-drivers.ts'
import { csiNodes } from './csi-nodes.ts'
import { storageClasses } from './storage-classes.ts'

export const storageKinds: readonly Kind[] = [storageClasses, csiDrivers, csiNodes]
