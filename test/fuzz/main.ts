/**
 * `npm run fuzz -- [--minutes 30] [--seed N] [--target NAME]`: feeds each target seeded random input for its share of the time.
 * `--round N` has one round again, alone. Ends with 1 after a fault.
 */
import { parseArgs } from 'node:util'
import { described, fuzz } from './fuzz.ts'
import { fuzzTargets } from './targets.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' }, target: { type: 'string' }, round: { type: 'string' } },
})
const number = (flag: string, text: string): number => {
  const value = Number(text)
  if (text === '' || !Number.isFinite(value) || value < 0) throw new Error(`--${flag} is a number, not ${JSON.stringify(text)}`)
  return value
}
const chosen = fuzzTargets.filter(({ name }) => values.target === undefined || name === values.target)
if (chosen.length === 0) throw new Error(`--target is one of ${fuzzTargets.map(({ name }) => name).join(', ')}`)
const forMs = (number('minutes', values.minutes) * 60_000) / chosen.length
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : number('seed', values.seed)
const again = values.round === undefined ? {} : { first: number('round', values.round), most: 1 }

let faults = 0
for (const target of chosen) {
  const report = await fuzz(target, { seed, forMs, ...again })
  console.log(described(report))
  if (!report.fault) continue
  faults += 1
  console.log(report.fault.error)
}
// What a faulty target left open is not waited for.
process.exit(faults > 0 ? 1 : 0)
