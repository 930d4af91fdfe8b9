import type { Kind } from '../kind.ts'
import { cronJobs } from './cron-jobs.ts'
import { jobs } from './jobs.ts'

export const batchKinds: readonly Kind[] = [cronJobs, jobs]
