import type { Kind } from '../kind.ts'
import { apiServices } from './api-services.ts'

export const apiregistrationKinds: readonly Kind[] = [apiServices]
