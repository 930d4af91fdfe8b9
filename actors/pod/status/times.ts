import { wholeSeconds } from '../../../src/kube/micro-time.ts'

/** A time as the API writes it, undefined for none. */
export const apiTime = (wallMs: number | undefined): string | undefined => (wallMs === undefined ? undefined : wholeSeconds(wallMs))
