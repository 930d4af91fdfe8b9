import type { Kind } from '../kind.ts'
import { priorityClasses } from './priority-classes.ts'

export const schedulingKinds: readonly Kind[] = [priorityClasses]
