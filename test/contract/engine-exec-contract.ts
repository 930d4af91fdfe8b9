import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EnginePod } from './engine-fixture.ts'
import type { EnginePrograms } from './engine-programs.ts'

const ofKind = (kind: string) => (error: unknown) => (error as { kind?: string }).kind === kind

/** Commands, streams and logs. */
export function execContract(aPod: () => Promise<EnginePod>, programs: EnginePrograms): void {
  test('exec gives the exit code and both outputs', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: programs.sleep })
    assert.deepEqual(await pod.engine.exec(id, programs.printBoth('out', 'err', 5)), { exitCode: 5, stdout: 'out\n', stderr: 'err\n' })
  })

  test('exec cuts its output to what is asked', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: programs.sleep })
    const { stdout, stderr } = await pod.engine.exec(id, programs.printBoth('1234567890', 'abcdefghij', 0), { maxOutputBytes: 4 })
    assert.deepEqual([stdout, stderr], ['1234', 'abcd'])
  })

  test('exec that takes too long times out', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: programs.sleep })
    await assert.rejects(pod.engine.exec(id, programs.sleep, { timeoutMs: 200 }), ofKind('timeout'))
  })

  test('exec in a container that has stopped is refused', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: programs.exit(0) })
    await pod.ended(id)
    await assert.rejects(pod.engine.exec(id, programs.exit(0)), ofKind('invalid'))
  })

  test('a stream’s output goes on after its input has ended, and then the exit code comes', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: programs.sleep })
    const session = await pod.engine.execStream(id, programs.echo, { stdin: true, stdout: true, stderr: true, tty: false })
    session.stdin?.write('over ')
    session.stdin?.end('and out')
    const said: Uint8Array[] = []
    for await (const piece of session.stdout) said.push(piece)
    assert.equal(Buffer.concat(said).toString(), 'over and out')
    assert.equal(await session.exit, 0)
    await session.close()
  })

  test('a log has what the container wrote, whole or its tail, cut where asked', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: programs.print(['one', 'two', 'three']) })
    await pod.ended(id)
    assert.equal(await pod.log(id), 'one\ntwo\nthree\n')
    assert.equal(await pod.log(id, { tailLines: 2 }), 'two\nthree\n')
    assert.equal(await pod.log(id, { tailLines: 0 }), '')
    assert.equal(await pod.log(id, { limitBytes: 5 }), 'one\nt')
    assert.match(await pod.log(id, { tailLines: 1, timestamps: true }), /^\d{4}-\d\d-\d\dT\S+Z three\n$/)
    const { finishedAt = 0 } = (await pod.container(id)) ?? {}
    assert.equal(await pod.log(id, { since: finishedAt + 60_000 }), '')
  })

  test('a followed log ends with the container, or when the reader aborts', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: programs.ignoreTerm })
    const aborter = new AbortController()
    for await (const piece of pod.engine.logs(id, { follow: true, signal: aborter.signal })) {
      assert.equal(Buffer.from(piece).toString(), 'ready\n')
      aborter.abort()
    }
    const rest = pod.log(id, { follow: true })
    await pod.engine.stopContainer(id, 0)
    assert.equal(await rest, 'ready\n')
  })
}
