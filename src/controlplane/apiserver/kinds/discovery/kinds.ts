import type { Kind } from '../kind.ts'
import { endpointSlices } from './endpoint-slices.ts'

export const discoveryKinds: readonly Kind[] = [endpointSlices]
