import assert from 'node:assert/strict'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import type { EnginePod } from './engine-fixture.ts'
import type { EnginePrograms } from './engine-programs.ts'

const all = async (stream: Readable) => Buffer.concat(await stream.toArray()).toString()

/** Streams to and from a container's own process and to others beside it. */
export function streamContract(aPod: () => Promise<EnginePod>, programs: EnginePrograms): void {
  test('a command’s outputs come apart, and its exit code after them', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: programs.sleep })
    const session = await pod.engine.execStream(id, programs.printBoth('out', 'err', 9), { stdin: false, stdout: true, stderr: true, tty: false })
    assert.equal(session.stdin, undefined)
    const [out, err] = await Promise.all([all(session.stdout), all(session.stderr ?? assert.fail('there is no stderr'))])
    assert.deepEqual([out, err, await session.exit], ['out\n', 'err\n', 9])
  })

  test('on a terminal both outputs are one, and it can be resized', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: programs.sleep })
    const session = await pod.engine.execStream(id, programs.printBoth('out', 'err', 0), { stdin: false, stdout: true, stderr: true, tty: true })
    await session.resize({ width: 100, height: 30 }).catch(() => {})
    assert.equal(session.stderr, undefined)
    const said = (await all(session.stdout)).replaceAll('\r\n', '\n')
    assert.deepEqual(said.split('\n').sort(), ['', 'err', 'out'])
    assert.equal(await session.exit, 0)
  })

  test('a session that is closed ends its streams, and the container runs on', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: programs.sleep })
    const session = await pod.engine.execStream(id, programs.sleep, { stdin: true, stdout: true, stderr: true, tty: false })
    const reading = all(session.stdout).catch(() => '')
    await session.close()
    await reading
    await session.exit.catch(() => {})
    assert.equal((await pod.container(id))?.state, 'running')
  })

  test('attached, one speaks with the container’s own process until it ends; what it said is in its log', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: programs.echo, stdin: true })
    const session = await pod.engine.attach(id, { stdin: true, stdout: true, stderr: true, tty: false })
    session.stdin?.write('hello\n')
    const [first] = (await session.stdout.take(1).toArray()) as Uint8Array[]
    assert.equal(Buffer.from(first ?? []).toString(), 'hello\n')
    await pod.engine.stopContainer(id, 0)
    assert.equal(await session.exit, 137)
    await session.close()
    assert.equal(await pod.log(id), 'hello\n')
  })

  test('a log has both outputs, each line with its time when asked, and from then on when followed', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: programs.printBoth('out', 'err', 0) })
    // Not startedAt: Docker takes that once the process runs, which may have spoken by then.
    const { finishedAt = 0, createdAt } = await pod.ended(id)
    const lines = (await pod.log(id, { timestamps: true }))
      .trim()
      .split('\n')
      .sort((a, b) => (a.slice(-3) < b.slice(-3) ? -1 : 1))
    assert.equal(lines.length, 2)
    // RFC 3339 with a fraction, as kubectl logs --timestamps shows it.
    assert.match(lines[0] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z err$/)
    assert.match(lines[1] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z out$/)
    for (const line of lines) {
      const at = Date.parse(line.slice(0, line.indexOf(' ')))
      // The engine stamps a line as it reads it from the pipe, perhaps once the process has ended.
      assert.equal(at >= createdAt && at <= finishedAt + 60_000, true, `${line} is not between ${createdAt} and ${finishedAt}`)
    }
    assert.equal(await pod.log(id, { follow: true, tailLines: 0 }), '')
  })
}
