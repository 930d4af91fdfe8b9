/** The same tests as on Docker, on a containerd of their own. */
import { onContainerd } from '../../support/node-runtime.ts'

onContainerd()
await import('../take-over.test.ts')
