import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { silentLogger } from '../../../../src/base/log.ts'
import { AuditFile } from '../../../../src/controlplane/apiserver/audit/audit-file.ts'
import { backupName, surplus } from '../../../../src/controlplane/apiserver/audit/rotation.ts'

const start = Date.UTC(2026, 0, 1)
const day = 24 * 3600_000

describe('an audit log that has grown', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'audit-rotation-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  const open = (bounds: { maxBytes?: number; maxBackups?: number; maxAgeDays?: number }, now: () => number) =>
    AuditFile.open(join(directory, 'audit.log'), { log: silentLogger, now, rotation: { maxBytes: 20, maxBackups: 0, maxAgeDays: 0, ...bounds } })

  it('is put aside before the event that is too much, and no event is lost or torn', async () => {
    let now = start
    const events = Array.from({ length: 7 }, (_, index) => `{"event":${index}}`)
    {
      await using file = await open({ maxBytes: 30 }, () => (now += 1000))
      for (const event of events) file.write(event)
    }
    const files = (await readdir(directory)).sort()
    assert.equal(files[0], 'audit-2026-01-01T00-00-01.000.log')
    assert.equal(files.at(-1), 'audit.log')
    const texts = await Promise.all(files.map((name) => readFile(join(directory, name), 'utf8')))
    assert.deepEqual(
      texts.map((text) => text.length),
      [24, 24, 24, 12],
    )
    assert.equal(texts.join(''), events.map((event) => `${event}\n`).join(''))
  })

  it('is put aside when what an earlier run has left is too much, and an event that is larger than a file is written whole', async () => {
    await writeFile(join(directory, 'audit.log'), 'old'.repeat(6))
    {
      await using file = await open({}, () => start)
      file.write('x'.repeat(100))
    }
    assert.equal(await readFile(join(directory, 'audit.log'), 'utf8'), `${'x'.repeat(100)}\n`)
    assert.equal((await readdir(directory)).length, 2)
  })

  it('keeps so many of those, and other files', async () => {
    let now = start
    await writeFile(join(directory, 'audit-of-mine.log'), '')
    {
      await using file = await open({ maxBackups: 2 }, () => (now += day))
      for (let index = 0; index < 6; index++) file.write('y'.repeat(19))
    }
    const left = (await readdir(directory)).filter((name) => /^audit-\d/.test(name))
    assert.equal(left.length, 2)
    assert.ok((await readdir(directory)).includes('audit-of-mine.log'))
  })
})

describe('of the files that were put aside', () => {
  const bounds = (maxBackups: number, maxAgeDays: number) => ({ maxBytes: 1, maxBackups, maxAgeDays })

  it('those go that are too old, or too many: never the log, nor what has another name', () => {
    const names = [0, 1, 2, 3].map((age) => backupName('/logs/audit.log', start - age * day).slice('/logs/'.length))
    const files = ['audit.log', 'audit-x.log', 'other-2026-01-01T00-00-00.000.log', ...names]
    assert.deepEqual(surplus('/logs/audit.log', files, bounds(0, 0), start), [])
    assert.deepEqual(surplus('/logs/audit.log', files, bounds(3, 0), start), [`/logs/${names[3]}`])
    assert.deepEqual(surplus('/logs/audit.log', files, bounds(0, 1), start), [`/logs/${names[2]}`, `/logs/${names[3]}`])
  })

  it('the newest are kept', () => {
    const property = fc.property(fc.uniqueArray(fc.nat(10_000), { maxLength: 12 }), fc.integer({ min: 1, max: 6 }), (ages, most) => {
      const files = ages.map((age) => backupName('/l/a.log', start - age * 1000).slice(3))
      const gone = surplus('/l/a.log', files, bounds(most, 0), start).map((path) => path.slice(3))
      const kept = files.filter((name) => !gone.includes(name))
      assert.equal(kept.length, Math.min(most, files.length))
      for (const name of kept) for (const other of gone) assert.ok(name > other)
    })
    fc.assert(property)
  })
})
