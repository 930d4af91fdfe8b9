import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { createSimulatedEngine } from '../../src/engine/simulated/simulated-engine.ts'
import { engineContract } from './engine-contract.ts'
import type { EnginePrograms } from './engine-programs.ts'

const image = 'podsteward.test/app:1'

const simulatedPrograms: EnginePrograms = {
  sleep: ['simulated', 'exit-after=10m'],
  exit: (code) => ['simulated', 'exit-after=1ms', `exit-code=${code}`],
  exitOnTerm: (code) => ['simulated', 'log=ready', `term-exit-code=${code}`],
  ignoreTerm: ['simulated', 'log=ready', 'hung-stop'],
  print: (lines) => ['simulated', ...lines.map((line) => `log=${line}`), 'exit-after=0'],
  printBoth: (out, err, code) => ['simulated', `log=${out}`, `log-stderr=${err}`, `exit-code=${code}`, 'exit-after=1ms'],
  echo: ['simulated', 'echo'],
  cannotStart: ['simulated', 'start-error=exec: "/no/such/program": stat /no/such/program: no such file or directory'],
  eatMemory: ['simulated', 'memory=ramp(0,1Gi,1s)'],
}

engineContract(
  'simulated',
  async () => {
    const engine = createSimulatedEngine({ clock: systemClock, log: silentLogger })
    engine.images.failPulls('127.0.0.1:1/nothing:1', 'registry-unavailable')
    await engine.pullImage(image)
    return engine
  },
  { image, programs: simulatedPrograms },
)
