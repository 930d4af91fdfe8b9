import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { createCriEngine } from '../../src/engine/cri/cri-engine.ts'
import { startContainerd } from '../support/containerd.ts'
import { busyboxImage } from '../support/images.ts'
import { engineContract } from './engine-contract.ts'

const stack = new AsyncDisposableStack()
after(() => stack.disposeAsync())

engineContract(
  'CRI',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'podsteward-cri-'))
    stack.defer(() => rm(root, { recursive: true, force: true }))
    const { endpoint } = stack.use(await startContainerd({ root }))
    return createCriEngine({ endpoint, clock: systemClock, log: silentLogger })
  },
  // containerd's code for a start that failed.
  { image: busyboxImage, cannotStartCode: 128 },
)
