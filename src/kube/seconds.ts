import type { Int64 } from '../json/exact.ts'

/** 68 years: as long as any runtime and any timer takes it. What is longer is for ever either way. */
export const longestSeconds = 2 ** 31 - 1

/** A period of the API as a number to reckon with. */
export const secondsOf = (period: Int64): number => Math.min(longestSeconds, Number(period))
