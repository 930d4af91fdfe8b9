import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import { createCriEngine } from '../../../../src/engine/cri/cri-engine.ts'
import { containers } from '../../../../src/protobuf/cri/container.ts'
import { FakeRuntime, Refusal } from '../../../support/fake-runtime.ts'

test('so many logs are begun anew at a time as there are workers; one that fails keeps no other', async (t) => {
  const logs = await mkdtemp(join(tmpdir(), 'cri-workers-'))
  t.after(() => rm(logs, { recursive: true }))
  const names = ['a', 'b', 'c', 'd', 'e']
  for (const name of names) {
    await mkdir(join(logs, 'n_p_u', name), { recursive: true })
    await writeFile(join(logs, 'n_p_u', name, '0.log'), 'x'.repeat(100))
  }
  let now = 0
  let most = 0
  await using fake = (await FakeRuntime.make())
    .on(containers.list, () => ({
      containers: names.map((name) => ({
        id: name,
        metadata: { name, attempt: 0 },
        state: 1,
        labels: {
          ...{ 'io.kubernetes.pod.uid': 'u', 'io.kubernetes.pod.name': 'p', 'io.kubernetes.pod.namespace': 'n' },
          'io.kubernetes.container.name': name,
        },
      })),
    }))
    .on(containers.reopenLog, async ({ containerId }) => {
      most = Math.max(most, ++now)
      await new Promise(setImmediate)
      now -= 1
      if (containerId === 'b') throw new Refusal(2, 'not now')
      return {}
    })
  await fake.start()
  await using engine = createCriEngine({ endpoint: fake.endpoint, clock: systemClock, log: silentLogger })
  await engine.rotateLogs?.(logs, { maxBytes: 50, maxFiles: 3, workers: 2 })
  assert.ok(most >= 1 && most <= 2, `${most} at a time`)
  const files = await Promise.all(names.map((name) => readdir(join(logs, 'n_p_u', name))))
  assert.deepEqual(
    files.map((each) => each.some((file) => /^0\.log\.\d{8}-\d{6}$/.test(file))),
    [true, false, true, true, true],
  )
})
