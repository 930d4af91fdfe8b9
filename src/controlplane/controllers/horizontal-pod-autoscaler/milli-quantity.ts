import { formatQuantity } from '../../../kube/quantity.ts'

/** Thousandths of a unit as a quantity: memory binary (`64Mi`), all else decimal (`1500m`, `2`). What is no whole number of units stays in thousandths. */
export const milliQuantity = (milli: number, resource?: string): string =>
  milli % 1000 === 0 ? formatQuantity(milli / 1000, resource === 'memory' ? 'binary' : 'decimal') : `${milli}m`
