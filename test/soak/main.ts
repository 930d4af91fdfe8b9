/** `npm run soak -- [--minutes 20] [--seed N] [--pods 40]`: prints what the process holds at both ends. Ends with 1 when something doubled, escaped or stayed. */
import { parseArgs } from 'node:util'
import { described, soak } from './soak.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' }, pods: { type: 'string', default: '40' } },
})
const number = (flag: keyof typeof values): number => {
  const value = Number(values[flag])
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${flag} is a number above 0, not ${JSON.stringify(values[flag])}`)
  return value
}
const report = await soak({ forMs: number('minutes') * 60_000, seed: number('seed'), pods: number('pods'), troubleMs: 8_000, tell: console.log })
console.log(`${report.made} pods, ${report.restarts} crashes, troubles ${JSON.stringify(report.troubles)}, ${report.escaped} errors that nobody owned`)
console.log(described('before', report.before))
console.log(described('after', report.after))
const stayed = report.after.descriptors > report.before.descriptors + 15 || report.after.threads > report.before.threads + 2
for (const name of report.doubled) console.log(`ran twice: ${name}`)
process.exit(report.doubled.length > 0 || report.escaped > 0 || stayed ? 1 : 0)
