import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import { elfExecutable } from '../../../src/engine/pause-image/elf.ts'
import { buildPauseImage } from '../../../src/engine/pause-image/pause-image.ts'
import { pauseProgram } from '../../../src/engine/pause-image/pause-program.ts'
import { tarArchive } from '../../../src/engine/pause-image/tar.ts'
import { busyboxImage, ensureBusybox } from '../../support/images.ts'
import { testDockerSocket } from '../../support/test-docker.ts'
import { waitUntil } from '../../support/wait-until.ts'

const run = promisify(execFile)

describe('the pause image', () => {
  test('is the same at every build, small, and another for another machine', () => {
    const [amd64, again, arm64] = [buildPauseImage('amd64'), buildPauseImage('amd64'), buildPauseImage('arm64')]
    assert.deepEqual(again, amd64)
    assert.notEqual(arm64.id, amd64.id)
    for (const architecture of ['amd64', 'arm64'] as const) {
      assert.equal(elfExecutable(architecture, pauseProgram(architecture)).length < 512, true)
    }
  })

  test('its archive is one that tar reads', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'podsteward-tar-'))
    const file = join(directory, 'a.tar')
    await writeFile(
      file,
      tarArchive([
        { path: 'd/', mode: 0o1777, type: 'directory' },
        { path: 'd/f', mode: 0o640, type: 'file', content: Buffer.alloc(700, 'x') },
        { path: 'l', mode: 0o777, type: 'symlink', target: 'd/f' },
      ]),
    )
    const { stdout } = await run('tar', ['-tvf', file], { env: { ...process.env, TZ: 'UTC' } })
    await rm(directory, { recursive: true })
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => /^(\S+) 0\/0 +(\d+) 1970-01-01 00:00 (.+)$/.exec(line)?.slice(1))
    assert.deepEqual(rows, [
      ['drwxrwxrwt', '0', 'd/'],
      ['-rw-r-----', '700', 'd/f'],
      ['lrwxrwxrwx', '0', 'l -> d/f'],
    ])
  })

  test('its process reaps what is left to it, and ends with 0 at SIGTERM within two seconds', async () => {
    const docker = new Docker({ socketPath: testDockerSocket() })
    await ensureBusybox(testDockerSocket())
    const image = buildPauseImage('amd64')
    const loading = await docker.loadImage(Readable.from([image.archive]))
    for await (const _ of loading);
    const pause = await docker.createContainer({ Image: image.id })
    const inside = await docker.createContainer({ Image: busyboxImage, Cmd: ['sleep', '600'], HostConfig: { PidMode: `container:${pause.id}` } })
    try {
      await pause.start()
      await inside.start()
      const exec = async (script: string) => {
        const started = await inside.exec({ Cmd: ['sh', '-c', script], AttachStdout: true, Tty: true })
        let said = ''
        for await (const piece of await started.start({ hijack: true, stdin: false, Tty: true })) said += piece
        return said
      }
      // The middle shell ends at once, so its child is given to process 1, which has to collect it. Were it not, it would stay as Z.
      assert.match(await exec('sh -c "sh -c \\"sleep 0.3; exit 9\\" & echo left"'), /left/)
      await waitUntil('the orphan to be given to process 1 and to go', async () => {
        const processes = await exec('cat /proc/[0-9]*/stat')
        return !/\(sh\) S 1 /.test(processes) && !/\) Z /.test(processes)
      })
      await pause.stop({ t: 20 })
      // By SIGTERM: one that has to be killed ends with 137.
      assert.equal((await pause.inspect()).State.ExitCode, 0)
    } finally {
      await inside.remove({ force: true })
      await pause.remove({ force: true })
    }
  })
})
