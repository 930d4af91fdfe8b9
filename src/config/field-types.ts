import { isIP } from 'node:net'
import { z } from 'zod'
import { parseQuantity } from '../kube/quantity.ts'
import { parseDuration } from './duration.ts'

// What the fields of a KubeletConfiguration may hold. What a Go struct has when nothing is said (0s, 0, '') means the default, so it is read as nothing.

/** A Go duration in milliseconds. */
export const duration = z.string().transform((text, context) => {
  const value = parseDuration(text)
  if (value !== undefined) return value
  context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} is not a duration such as 10s or 1m30s` })
  return z.NEVER
})
/** One whose 0 means the default. */
export const period = duration
  .refine((ms) => ms >= 0, 'must not be negative')
  .transform((ms) => ms || undefined)
  .nullish()
/** One whose 0 means 0. */
export const exactPeriod = duration.refine((ms) => ms >= 0, 'must not be negative').nullish()

const range = (min: number, max: number) => z.int().min(min, `must be from ${min} to ${max}`).max(max, `must be from ${min} to ${max}`)
const int32 = 0x7fffffff
/** A whole number whose 0 means the default. */
export const count = (max = int32) =>
  range(0, max)
    .transform((value) => value || undefined)
    .nullish()
/** A whole number whose 0 means 0. */
export const exactCount = (min = 0, max = int32) => range(min, max).nullish()

export const port = count(65535)
export const text = z.string().nullish()
/** Empty means the default. */
export const filled = z
  .string()
  .transform((value) => value || undefined)
  .nullish()
export const flag = z.boolean().nullish()
export const texts = z.array(z.string()).nullish()
export const pairs = z.record(z.string(), z.string()).nullish()
export const word = <Word extends string>(...words: readonly Word[]) =>
  z
    .string()
    .refine((value): value is Word => value === '' || words.includes(value as Word), {
      error: (issue) => `${JSON.stringify(issue.input)} is none of ${words.join(', ')}`,
    })
    .transform((value) => (value || undefined) as Word | undefined)
    .nullish()
export const address = z
  .string()
  .refine((value) => value === '' || isIP(value) !== 0, { error: (issue) => `${JSON.stringify(issue.input)} is not an IP address` })
  .transform((value) => value || undefined)
  .nullish()
/** Amounts by resource; YAML may have them as numbers. */
export const amounts = z
  .record(
    z.string(),
    z
      .union([z.string(), z.number().transform(String)])
      .refine((value) => parseQuantity(value) !== undefined, { error: (issue) => `${JSON.stringify(issue.input)} is not a quantity such as 500m or 1Gi` }),
  )
  .nullish()
export const taint = z.strictObject({
  key: z.string().min(1, 'must not be empty'),
  value: z.string().optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'], 'must be NoSchedule, PreferNoSchedule or NoExecute'),
  timeAdded: z.string().nullish(),
})
