/**
 * `npm test`: starts what the tests need (a Docker Engine of their own, its images), runs them, and stops it.
 * With PODSTEWARD_TEST_DOCKER set to a socket, that engine is used. Arguments are test files or globs instead of all.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lanesOf, testFiles } from './lanes.ts'
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
const runTests = (files: readonly string[], concurrency: number) =>
  new Promise<number>((resolve, reject) => {
    const options = ['--test', `--test-concurrency=${concurrency}`, '--test-timeout=180000', '--test-force-exit']
    const env = { ...process.env, PODSTEWARD_TEST_DOCKER: socketPath }
    const child = spawn(process.execPath, [...failOnLeaks, ...options, ...files], { stdio: 'inherit', env })
    child.once('error', reject)
    child.once('exit', (status) => resolve(status ?? 1))
  })

const root = join(import.meta.dirname, '..')
const files = testFiles(patterns, root)
if (files.length === 0) throw new Error(`no test file is meant by ${patterns.join(' ')}`)
const { together, alone } = lanesOf(files, root)
// Those that need a core alone run two at a time; those that share two cores and one Docker Engine one after the other.
const codes: number[] = []
if (together.length > 0) codes.push(await runTests(together, 2))
if (alone.length > 0) codes.push(await runTests(alone, 1))
process.exitCode = Math.max(...codes)
