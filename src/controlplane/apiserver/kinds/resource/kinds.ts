import type { Kind } from '../kind.ts'
import { deviceClasses } from './device-classes.ts'
import { resourceClaimTemplates } from './resource-claim-templates.ts'
import { resourceClaims } from './resource-claims.ts'
import { resourceSlices } from './resource-slices.ts'

export const resourceKinds: readonly Kind[] = [deviceClasses, resourceClaims, resourceClaimTemplates, resourceSlices]
