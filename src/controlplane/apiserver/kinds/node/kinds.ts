import type { Kind } from '../kind.ts'
import { runtimeClasses } from './runtime-classes.ts'

export const nodeKinds: readonly Kind[] = [runtimeClasses]
