import type { Kind } from '../kind.ts'
import { customResourceDefinitions } from './custom-resource-definitions.ts'

export const apiextensionsKinds: readonly Kind[] = [customResourceDefinitions]
