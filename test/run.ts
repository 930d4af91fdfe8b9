/**
 * `npm test`: starts what the tests need (a Docker Engine of their own, its images), runs them, and stops it.
 * With PODSTEWARD_TEST_DOCKER set to a socket, that engine is used. Arguments are test files or globs instead of all.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDockerd } from './support/dockerd.ts'
import { ensureBusybox } from './support/images.ts'

const patterns = process.argv.slice(2)
await using cleanup = new AsyncDisposableStack()
let socketPath = process.env.PODSTEWARD_TEST_DOCKER
if (!socketPath) {
  const root = await mkdtemp(join(tmpdir(), 'podsteward-test-'))
  cleanup.defer(() => rm(root, { recursive: true, force: true }))
  socketPath = cleanup.use(await startDockerd({ root })).socketPath
}
await ensureBusybox(socketPath)

const failOnLeaks = ['--import', join(import.meta.dirname, 'support/fail-on-leaks.ts')]
const code = await new Promise<number>((resolve, reject) => {
  const child = spawn(
    process.execPath,
    // One file at a time: the tests share two cores and one Docker Engine.
    [
      ...failOnLeaks,
      '--test',
      '--test-concurrency=1',
      '--test-timeout=180000',
      '--test-force-exit',
      ...(patterns.length > 0 ? patterns : ['test/**/*.test.ts']),
    ],
    { stdio: 'inherit', env: { ...process.env, PODSTEWARD_TEST_DOCKER: socketPath } },
  )
  child.once('error', reject)
  child.once('exit', (status) => resolve(status ?? 1))
})
process.exitCode = code
