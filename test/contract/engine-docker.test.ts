import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts'
import { busyboxImage, ensureBusybox } from '../support/images.ts'
import { testDockerSocket } from '../support/test-docker.ts'
import { engineContract } from './engine-contract.ts'

engineContract(
  'Docker',
  async () => {
    await ensureBusybox(testDockerSocket())
    return createDockerEngine({ endpoint: `unix://${testDockerSocket()}`, clock: systemClock, log: silentLogger })
  },
  { image: busyboxImage },
)
