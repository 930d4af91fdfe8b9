import type { Kind } from '../kind.ts'
import { leases } from './leases.ts'

export const coordinationKinds: readonly Kind[] = [leases]
