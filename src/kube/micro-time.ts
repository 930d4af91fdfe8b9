/** A time as `metav1.MicroTime` writes it; wall-clock milliseconds in, microseconds out. */
export const microTime = (wallMs: number): string => new Date(wallMs).toISOString().replace('Z', '000Z')

/** A time as `metav1.Time` writes it: whole seconds. */
export const wholeSeconds = (wallMs: number): string => `${new Date(wallMs).toISOString().slice(0, 19)}Z`
