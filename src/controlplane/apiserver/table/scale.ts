import type { Scale } from '../rest/scale.ts'
import { column, printer } from './columns.ts'
import { ageOf, nameOf } from './generic.ts'
import { numbers } from './templates.ts'

/** How a Scale prints (pkg/printers/internalversion `printScale`). */
export const scalePrinter = printer<Scale>([column('Name'), numbers('Desired'), numbers('Available'), column('Age')], (scale, now) => [
  nameOf(scale),
  scale.spec?.replicas ?? 0,
  scale.status?.replicas ?? 0,
  ageOf(scale, now),
])
