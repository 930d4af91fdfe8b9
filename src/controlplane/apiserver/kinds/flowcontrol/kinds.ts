import type { Kind } from '../kind.ts'
import { flowSchemas } from './flow-schemas.ts'
import { priorityLevelConfigurations } from './priority-level-configurations.ts'

export const flowcontrolKinds: readonly Kind[] = [flowSchemas, priorityLevelConfigurations]
